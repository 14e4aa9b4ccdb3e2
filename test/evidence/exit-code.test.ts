import { expect, test } from 'vitest';
import { read } from './reading.ts';

const exitCode = (run: { check?: string; exitCode?: number }) => read('ignored', { format: 'exitCode', run });

test('exit code 0 is one passed test', async () => {
  expect(await exitCode({ check: 'lint', exitCode: 0 })).toMatchObject({
    conclusive: true,
    tests: { passed: 1, failed: 0, failures: [] },
  });
});

test('any other is one failed test, named like the check', async () => {
  expect((await exitCode({ check: 'lint', exitCode: 3 })).tests).toMatchObject({
    passed: 0,
    failed: 1,
    failures: [{ name: 'lint', message: 'exit code 3' }],
  });
});

test('no exit code is inconclusive', async () => {
  const evidence = await exitCode({ check: 'lint' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems).toEqual(['the command did not end by itself: no exit code']);
});
