import { DevopsError } from '../../../src/errors.ts';
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
    try {
      await board.update(id, { status: `round-${round}` });
      process.stdout.write(`${id} ${round} ${process.hrtime.bigint()}\n`);
    } catch (error) {
      // Foreign programs may keep the file busy, or broken, for too long: then this one is not acknowledged.
      if (!(error instanceof DevopsError) || !['TASKS_BUSY', 'TASKS_INVALID'].includes(error.code))
        throw error;
    }
  }
}
