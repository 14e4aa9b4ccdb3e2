import { withFileLock } from '../../src/platform/file-lock.ts';

/** A process that takes the lock of a file, says so, and keeps it until it is killed. */
const [file = ''] = process.argv.slice(2);
await withFileLock(file, async () => {
  process.stdout.write('holding\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
