import { readFileSync } from 'node:fs';

/** `reader FILE COUNT`: parses the file over and over until it is told to end; says how often, and how often in vain. */
const [file = '', count = '0'] = process.argv.slice(2);
let reads = 0;
let torn = 0;
let isRunning = true;
process.once('SIGTERM', () => {
  isRunning = false;
});
process.stdout.write('ready\n');
while (isRunning) {
  try {
    if (JSON.parse(readFileSync(file, 'utf8')).length !== Number(count)) torn += 1;
  } catch {
    torn += 1;
  }
  reads += 1;
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(`${reads} ${torn}\n`);
