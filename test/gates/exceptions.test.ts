import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exception } from '../../src/config/exceptions.ts';
import type { Finding } from '../../src/evidence/types.ts';
import { configuredExceptions, siftFindings } from '../../src/gates/exceptions.ts';

const now = new Date('2026-06-15T12:00:00Z');
const exception = (rest: Partial<Exception> = {}): Exception => ({
  id: 'CVE-2026-1',
  reason: 'Nothing here calls the vulnerable function.',
  until: '2026-12-31',
  ...rest,
});
const finding = (rest: Partial<Finding> = {}): Finding => ({
  severity: 'high',
  rule: 'CVE-2026-1',
  ids: ['CVE-2026-1', 'GHSA-aaaa-bbbb-cccc'],
  package: 'lodash',
  ...rest,
});
const sift = (findings: Finding[], ...exceptions: Exception[]) =>
  siftFindings(findings, [configuredExceptions(exceptions, now)]);

describe('whom an exception excuses', () => {
  test.each([
    ['by its first name', {}, {}, true],
    ['by any other name', { id: 'ghsa-AAAA-bbbb-cccc' }, {}, true],
    ['by a part of a name', { id: 'CVE-2026' }, {}, false],
    ['by a longer name', { id: 'CVE-2026-11' }, {}, false],
    ['in the package', { package: 'Lodash' }, {}, true],
    ['in another package', { package: 'lodash.template' }, {}, false],
    ['in a package where none is told', { package: 'lodash' }, { package: undefined }, false],
    ['by its rule where there are no names', { id: 'no-eval' }, { rule: 'no-eval', ids: undefined }, true],
    ['by its rule where there are names', { id: 'CVE-9' }, { rule: 'CVE-9' }, false],
    ['without any name', {}, { ids: [] }, false],
  ])('%s', (_what, part, rest, excused) => {
    expect(sift([finding(rest)], exception(part)).excused).toHaveLength(excused ? 1 : 0);
  });
});

describe('when an exception counts', () => {
  test.each([
    ['2026-06-14', 'ended on 2026-06-14'],
    ['2026-06-15', undefined],
    ['2027-06-16', undefined],
    ['2027-06-17', 'it may end at most 366 days ahead'],
  ])('until %s', (until, refusal) => {
    const { excuses, refusals } = sift([finding()], exception({ until }));
    expect(excuses).toHaveLength(refusal === undefined ? 1 : 0);
    expect(refusals.join()).toContain(refusal ?? '');
  });

  test('one that counts is found behind one that has ended', () => {
    const { excuses, refusals } = sift([finding()], exception({ until: '2026-01-01' }), exception());
    expect(excuses).toEqual([
      {
        label: 'CVE-2026-1',
        until: new Date('2026-12-31T23:59:59.999Z'),
        why: 'Nothing here calls the vulnerable function.',
        source: 'devops.yaml',
      },
    ]);
    expect(refusals).toEqual([]);
  });

  test('an ended one is told only where its finding is there', () => {
    const ended = exception({ until: '2026-01-01' });
    expect(sift([finding()], ended).refusals).toEqual(['the exception for CVE-2026-1 ended on 2026-01-01']);
    expect(sift([finding({ ids: ['CVE-2026-2'] })], ended).refusals).toEqual([]);
  });
});

test('a finding of several causes is excused when each of them is', () => {
  const causes = [
    { ids: ['CVE-2026-1'], package: 'minimist' },
    { ids: ['CVE-2026-2'], package: 'mkdirp' },
  ];
  const both = finding({ ids: undefined, causes });
  const second = exception({ id: 'CVE-2026-2', package: 'mkdirp' });
  expect(sift([both], exception()).left).toEqual([both]);
  expect(sift([both], exception({ package: 'lodash' }), second).left).toEqual([both]);
  const { excused, excuses } = sift([both], exception({ package: 'minimist' }), second);
  expect(excused).toEqual([both]);
  expect(excuses.map(({ label }) => label)).toEqual(['CVE-2026-1 in minimist', 'CVE-2026-2 in mkdirp']);
});

test.each([[[]], [[{ ids: [] }]], [[{ ids: ['CVE-2026-1'] }, { ids: [] }]]])(
  'the causes %j are never excused as a whole',
  (causes) => {
    expect(sift([finding({ causes })], exception()).excused).toEqual([]);
  },
);

test('words of people are cleaned before they are shown', () => {
  const { excuses } = sift(
    [finding()],
    exception({ reason: 'line\nand \u001B[31mcolour', approvedBy: 'Kim\u202E' }),
  );
  expect(excuses[0]).toMatchObject({ why: 'line and colour', source: 'devops.yaml, approved by Kim' });
});

test('nothing is lost, and nothing is excused without an exception of its name', () => {
  const name = fc.constantFrom('A', 'B', 'C', 'D');
  const some = fc.array(
    fc.record({ severity: fc.constant('high' as const), rule: name, ids: fc.array(name) }),
  );
  fc.assert(
    fc.property(some, fc.array(name), (findings, excusedNames) => {
      const { left, excused } = sift(findings, ...excusedNames.map((id) => exception({ id })));
      expect(left.length + excused.length).toBe(findings.length);
      expect(excused).toEqual(findings.filter(({ ids }) => ids.some((id) => excusedNames.includes(id))));
    }),
  );
});
