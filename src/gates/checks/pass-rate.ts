import { formatThreshold, type Threshold } from '../../config/values.ts';
import type { TestCounts } from '../../evidence/types.ts';
import { meets } from '../threshold.ts';
import type { EvidenceCheck } from './evidence-check.ts';

/** `unit: 100%`: the share of tests that passed, of those that ran. Skipped tests prove nothing either way. */
export const passRate: EvidenceCheck<Threshold> = {
  kind: 'tests',
  matches: (demand): demand is Threshold => 'comparison' in demand,
  describe: (demand) => `pass rate ${formatThreshold(demand)}`,
  judge(demand, { tests }) {
    const ran = tests ? tests.passed + tests.failed + tests.errored : 0;
    if (!tests || ran === 0) {
      return {
        verdict: 'inconclusive',
        observed: 'no test ran',
        reason: 'A report without a test that ran proves nothing.',
        remedy: 'Make the check run at least one test.',
      };
    }
    const percent = (tests.passed / ran) * 100;
    const observed = describeCounts(tests, ran, percent);
    if (meets(percent, demand)) return { verdict: 'pass', observed, reason: 'The pass rate is met.' };
    return {
      verdict: 'fail',
      observed,
      reason: describeFailures(tests),
      culprits: tests.failures.map((failure) => ({ kind: 'test', ...failure })),
      remedy: 'Fix the failing tests in a new commit and evaluate the gate for that commit.',
    };
  },
};

function describeCounts(tests: TestCounts, ran: number, percent: number): string {
  // Never round up to 100: 9,999 of 10,000 is not "100%".
  const shown = Math.floor(percent * 10) / 10;
  const extras = [
    tests.skipped > 0 ? `${tests.skipped} skipped` : '',
    tests.flaky > 0 ? `${tests.flaky} flaky` : '',
  ].filter(Boolean);
  return `${tests.passed} of ${ran} passed (${shown}%)${extras.map((extra) => `, ${extra}`).join('')}`;
}

const namesShown = 5;
const messagesShown = 3;

/** All names before the first message: what is cut off at the end is what says least. */
function describeFailures({ failures, failed, errored }: TestCounts): string {
  const shown = failures.slice(0, namesShown);
  const more = failed + errored - shown.length;
  const names = shown.map(({ name, file }) => (file === undefined ? name : `${name} (${file})`));
  const messages = shown.flatMap(({ name, message }) => {
    const firstLine = message?.split('\n')[0];
    return firstLine ? [`${name}: ${firstLine}`] : [];
  });
  return [
    `Failed: ${names.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
    ...messages.slice(0, messagesShown),
  ].join('\n');
}
