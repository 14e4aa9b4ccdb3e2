import { TestTally } from './tests.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, Unreadable } from './unreadable.ts';

/** Plain commands: one test, named like the check, that passes with exit code 0. What they print is not read. */
export const exitCode: EvidenceFormat = evidenceFormat({
  name: 'exitCode',
  kind: 'tests',
  title: 'exit code of a command',
  detect: () => false,
  async read(_report, run) {
    if (run.exitCode === undefined) throw new Unreadable('the command did not end by itself: no exit code');
    const tally = new TestTally();
    tally.add({
      outcome: run.exitCode === 0 ? 'passed' : 'failed',
      name: run.check ?? 'command',
      message: `exit code ${run.exitCode}`,
    });
    return tally.evidence('exitCode');
  },
});
