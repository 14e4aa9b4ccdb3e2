import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * `rewriter FILE ID STYLE [PAUSE_MS]`: a program that knows nothing of locks. Reads the whole file, changes one task of its own,
 * and writes it all, renaming a new file over the old one or in place, until it is told to end. Says of each write
 * which of our updates were in what it had read, and when it had written.
 */
const [file = '', own = '', style = '', pauseMs = '20'] = process.argv.slice(2);
let isRunning = true;
process.once('SIGTERM', () => {
  isRunning = false;
});
process.stdout.write('ready\n');
for (let round = 1; isRunning; round += 1) {
  await new Promise((resolve) => setTimeout(resolve, 3 + Math.random() * Number(pauseMs)));
  let tasks: { id: string; status: string }[];
  try {
    tasks = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    continue; // it met another one of its kind in the middle of a write
  }
  const seen = tasks.filter(({ status }) => status === 'round-1').map(({ id }) => id);
  for (const task of tasks) if (task.id === own) task.status = `foreign-${round}`;
  const text = JSON.stringify(tasks, null, 2);
  if (style === 'in-place') {
    writeFileSync(file, text);
  } else {
    writeFileSync(`${file}.${own}`, text);
    renameSync(`${file}.${own}`, file);
  }
  process.stdout.write(`${JSON.stringify({ seen, at: String(process.hrtime.bigint()) })}\n`);
}
