import { openTaskBoard } from '../../src/tasks/open.ts';

/**
 * A process that updates tasks one after the other and says so: `node update-worker.ts FILE PREFIX COUNT` sets the
 * status of `PREFIX-1` to `PREFIX-COUNT`, over and over when COUNT is negative.
 */
const [file = '', prefix = '', count = '0'] = process.argv.slice(2);
const board = openTaskBoard({ file, now: () => new Date() });
const total = Math.abs(Number(count));
let round = 0;
do {
  round += 1;
  for (let number = 1; number <= total; number += 1) {
    await board.update(`${prefix}-${number}`, { status: `round-${round}` });
    process.stdout.write(`${number}\n`);
  }
} while (Number(count) < 0);
