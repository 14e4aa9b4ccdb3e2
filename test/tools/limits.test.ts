import { expect, test } from 'vitest';
import { assertReason } from '../../src/cli/assert-reason.ts';
import { DevopsError } from '../../src/errors.ts';
import { findTool } from '../../src/tools/index.ts';

const rest: Record<string, Record<string, unknown>> = {
  requestHuman: { kind: 'decision', title: 'x', description: 'x' },
  cancelDeployment: { deploymentId: 'dep-1', reason: 'x' },
  rollback: { environment: 'staging', reason: 'x' },
  scaleService: { environment: 'staging', service: 'web', replicas: 1 },
  updateDocument: { file: 'deployment-notes.md', section: 'x', text: 'x' },
};

test.each([
  ['requestHuman', 'title', 200],
  ['requestHuman', 'description', 20_000],
  ['cancelDeployment', 'reason', 2_000],
  ['rollback', 'reason', 2_000],
  ['scaleService', 'reason', 2_000],
  ['updateDocument', 'section', 200],
  ['updateDocument', 'text', 200_000],
])('%s takes a %s of at most %d characters, and says so', (name, field, most) => {
  const tool = findTool(name);
  const given = (length: number) => tool?.input.safeParse({ ...rest[name], [field]: 'x'.repeat(length) });
  expect(given(most)?.success).toBe(true);
  expect(given(most + 1)?.error?.issues).toMatchObject([
    { path: [field], message: expect.stringContaining(String(most)) },
  ]);
});

test('a reason on the command line is held to the same', () => {
  assertReason(undefined);
  assertReason('x'.repeat(2_000));
  expect(() => assertReason('x'.repeat(2_001))).toThrow(DevopsError);
  expect(() => assertReason('x'.repeat(2_001))).toThrow(/2001 characters, and at most 2000/);
});
