import { describe, expect, test } from 'vitest';
import { maxReportBytes, reportPredicateType } from '../../../src/evidence/predicates/report.ts';
import type { Asked } from '../../../src/evidence/predicates/types.ts';
import { artifact, ask, commit, time } from './asking.ts';

const predicate = {
  project: 'shop',
  check: 'unit',
  definitionDigest: 'sha256:def',
  commit,
  tree: 'tree',
  format: 'junit',
  startedAt: time,
  finishedAt: time,
  exitCode: 0,
  report: Buffer.from('<testsuite/>').toString('base64'),
  tool: 'make',
};
const read = (changed: object = {}, asked: Partial<Asked> = {}, subjects?: Parameters<typeof ask>[3]) =>
  ask(reportPredicateType, { ...predicate, ...changed }, asked, subjects);

test('hands the raw report on, and no count', () => {
  expect(read({ tests: { passed: 42 } })).toEqual({
    startedAt: time,
    finishedAt: time,
    tool: 'make',
    proof: { report: new Uint8Array(Buffer.from('<testsuite/>')), format: 'junit', exitCode: 0 },
  });
  expect(read({ startedAt: undefined, tool: undefined, project: undefined })).toMatchObject({
    finishedAt: time,
  });
});

describe('is meant for something else', () => {
  test.each([
    [{ check: 'smoke' }, 'is for the check "smoke"'],
    [{ project: 'fork' }, 'is for the project "fork"'],
  ])('%o', (changed, reason) => {
    expect(() => read(changed)).toThrow(expect.objectContaining({ name: 'Misaddressed', message: reason }));
  });

  test('where another kind is asked for', () => {
    const asked = { statement: { kind: 'provenance', builders: [] } } as const;
    expect(() => read({}, asked)).toThrow(expect.objectContaining({ name: 'Misaddressed' }));
  });
});

describe('does not hold', () => {
  test.each([
    [{ definitionDigest: 'sha256:abc' }, 'another definition'],
    [{ commit: 'a'.repeat(40) }, 'of commit aaaaaaaaaaaa'],
    [{ tree: 'other' }, 'another tree'],
    [{ exitCode: '0' }, 'exitCode'],
    [{ exitCode: null }, 'exitCode'],
    [{ report: undefined }, 'report'],
    [{ report: 'no base64' }, 'not base64'],
  ])('%o', (changed, reason) => {
    expect(() => read(changed)).toThrow(reason);
  });

  test('with a report that is too large', () => {
    expect(() => read({ report: 'A'.repeat(maxReportBytes * 2) })).toThrow('larger than 8 MiB');
  });

  test('in another format than the definition declares', () => {
    expect(() => read({}, { format: 'tap' })).toThrow('in the format junit, not tap');
    expect(read({}, { format: 'junit' })).toMatchObject({ proof: { format: 'junit' } });
  });

  test('with other subjects than the commit, and the artifact where it matters', () => {
    expect(() => read({}, {}, [{ digest: { gitCommit: 'a'.repeat(40) } }])).toThrow('is not about commit');
    expect(() => read({}, {}, [{ digest: { sha1: commit } }])).toThrow('is not about commit');
    expect(() => read({}, { artifact })).toThrow('is not about the artifact');
    const both: { digest: Record<string, string> }[] = [
      { digest: { gitCommit: commit } },
      { digest: { sha256: artifact } },
    ];
    expect(read({}, { artifact }, both)).toMatchObject({ finishedAt: time });
  });
});

test('an unknown type is no evidence of anything', () => {
  expect(() => ask('https://example.com/lgtm', predicate)).toThrow('which is no evidence here');
});
