import { openTaskBoard } from '../../../src/tasks/open.ts';

/**
 * `updater FILE PREFIX COUNT ROUNDS`: sets the status of `PREFIX-1` to `PREFIX-COUNT` to `round-1`, `round-2`, …, and
 * says `id round time` after each. Times are those of a clock that all processes share.
 */
const [file = '', prefix = '', count = '0', rounds = '1'] = process.argv.slice(2);
const board = openTaskBoard({ file, now: () => new Date() });
for (let round = 1; round <= Number(rounds); round += 1) {
  for (let number = 1; number <= Number(count); number += 1) {
    const id = `${prefix}-${number}`;
    await board.update(id, { status: `round-${round}` });
    process.stdout.write(`${id} ${round} ${process.hrtime.bigint()}\n`);
  }
}
