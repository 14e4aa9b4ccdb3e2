import { describe, expect, test } from 'vitest';
import type { Exception } from '../../../src/config/exceptions.ts';
import type { Evidence, Finding, FindingCounts } from '../../../src/evidence/types.ts';
import type { JudgementContext } from '../../../src/gates/checks/evidence-check.ts';
import { severity } from '../../../src/gates/checks/severity.ts';
import { readVex } from '../../../src/gates/vex/read.ts';

const now = new Date('2026-06-15T12:00:00Z');
const exception = (id: string, rest: Partial<Exception> = {}): Exception => ({
  id,
  reason: 'Nothing here calls the vulnerable function.',
  until: '2026-12-31',
  ...rest,
});
const finding = (level: Finding['severity'], id: string): Finding => ({
  severity: level,
  rule: id,
  ids: [id],
  package: 'lodash',
});
const found = (
  findingList: Finding[],
  more: Partial<FindingCounts> = {},
  rest: Partial<Evidence> = {},
): Evidence => {
  const counts: FindingCounts = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  for (const { severity: level } of findingList) counts[level]++;
  for (const [level, count] of Object.entries(more)) counts[level as keyof FindingCounts] += count;
  return {
    format: 'x',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: counts,
    findingList,
    ...rest,
  };
};
const judge = (
  evidence: Evidence,
  demand: Omit<Parameters<typeof severity.judge>[0], 'maxSeverity'> = {},
  context: Partial<JudgementContext> = {},
) => severity.judge({ maxSeverity: 'low', ...demand }, evidence, { now, ...context });

describe('with exceptions', () => {
  test('a gate passes that rests on one, shows it, and holds until it ends', () => {
    const exceptions = [exception('CVE-1', { package: 'lodash', approvedBy: 'Kim' })];
    expect(judge(found([finding('high', 'CVE-1'), finding('low', 'CVE-2')]), { exceptions })).toEqual({
      verdict: 'pass',
      observed: '1 high, 1 low; 1 of them excused: CVE-1 in lodash until 2026-12-31',
      reason:
        'Nothing worse than allowed was found, but what is excused: CVE-1 in lodash until 2026-12-31 (devops.yaml, approved by Kim: Nothing here calls the vulnerable function.)',
      validUntil: '2026-12-31T23:59:59.999Z',
    });
  });

  test('the first end of several is the end of the verdict', () => {
    const exceptions = [exception('CVE-1'), exception('CVE-2', { until: '2026-07-01' })];
    const { validUntil } = judge(found([finding('high', 'CVE-1'), finding('critical', 'CVE-2')]), {
      exceptions,
    });
    expect(validUntil).toBe('2026-07-01T23:59:59.999Z');
  });

  test('what is allowed anyway needs no exception, and none is shown', () => {
    expect(judge(found([finding('low', 'CVE-1')]), { exceptions: [exception('CVE-1')] })).toEqual({
      verdict: 'pass',
      observed: '1 low',
      reason: 'Nothing worse than allowed was found.',
    });
  });

  test('one that has ended does not count, and the verdict says so', () => {
    const { verdict, reason } = judge(found([finding('high', 'CVE-1')]), {
      exceptions: [exception('CVE-1', { until: '2026-06-14' })],
    });
    expect(verdict).toBe('fail');
    expect(reason).toBe(
      'Found: high CVE-1 in lodash. Not excused: the exception for CVE-1 ended on 2026-06-14',
    );
  });

  test('names first what is left, then what is excused', () => {
    const evidence = found([finding('critical', 'CVE-2'), finding('high', 'CVE-1')]);
    const { verdict, observed, reason } = judge(evidence, { exceptions: [exception('CVE-1')] });
    expect(verdict).toBe('fail');
    expect(observed).toBe('1 critical, 1 high; 1 of them excused: CVE-1 until 2026-12-31');
    expect(reason).toMatch(/^Found: critical CVE-2 in lodash\. Excused: CVE-1 until/);
  });

  test('findings beyond the list of the evidence cannot be excused', () => {
    const exceptions = [exception('CVE-1')];
    const all = judge(found([finding('high', 'CVE-1')], { high: 3 }), { exceptions });
    expect(all.verdict).toBe('fail');
    expect(all.reason).toMatch(/^Found: 3 that the evidence does not list\./);
    const some = judge(found([finding('high', 'CVE-1'), finding('high', 'CVE-2')], { high: 3 }), {
      exceptions,
    });
    expect(some.reason).toMatch(/^Found: high CVE-2 in lodash; and 3 more\./);
  });

  test('a finding of unknown severity can be excused too', () => {
    const evidence = found([finding('unknown', 'MAL-1')]);
    expect(judge(evidence).verdict).toBe('fail');
    expect(judge(evidence, { exceptions: [exception('MAL-1')] }).verdict).toBe('pass');
  });

  test('shows ten and counts the others', () => {
    const ids = Array.from({ length: 12 }, (_, index) => `CVE-${index}`);
    const { observed } = judge(found(ids.map((id) => finding('high', id))), {
      exceptions: ids.map((id) => exception(id)),
    });
    expect(observed).toMatch(/12 of them excused: CVE-0 until.* and 2 more$/);
  });
});

describe('with VEX files', () => {
  const vex = (status: string) => ({
    ...readVex(
      JSON.stringify({
        '@context': 'https://openvex.dev/ns/v0.2.0',
        timestamp: '2026-06-01T00:00:00Z',
        statements: [{ vulnerability: { name: 'CVE-1' }, products: ['shop'], status }],
      }),
      'security/vex.json',
    ),
    project: 'shop',
  });
  const evidence = found([finding('high', 'CVE-1')]);

  test('a statement excuses, and is shown with its file', () => {
    const { verdict, observed, reason, validUntil } = judge(evidence, {}, { vex: vex('fixed') });
    expect(verdict).toBe('pass');
    expect(observed).toContain('CVE-1 in lodash until 2027-06-02');
    expect(reason).toContain('(security/vex.json: fixed)');
    expect(validUntil).toBe('2027-06-02T00:00:00.000Z');
  });

  test('a statement that does not excuse is told, unless the policy has an exception', () => {
    const { verdict, reason } = judge(evidence, {}, { vex: vex('affected') });
    expect(verdict).toBe('fail');
    expect(reason).toContain('security/vex.json does not excuse CVE-1 in lodash: its status is affected');
    const excused = judge(evidence, { exceptions: [exception('CVE-1')] }, { vex: vex('affected') });
    expect(excused.verdict).toBe('pass');
  });

  test('a file that cannot be read is told', () => {
    const broken = { statements: [], problems: ['vex.json excuses nothing: no JSON'], project: 'shop' };
    expect(judge(evidence, {}, { vex: broken }).reason).toContain('vex.json excuses nothing: no JSON');
  });
});

test('what the report itself suppressed is shown', () => {
  expect(judge(found([], {}, { suppressed: 3 }))).toMatchObject({
    verdict: 'pass',
    observed: 'no findings; 3 suppressed in the report',
  });
});

test('the demand says what may be excused', () => {
  expect(severity.describe({ maxSeverity: 'none' })).toBe('no finding');
  const demand = { maxSeverity: 'low' as const, exceptions: [exception('CVE-1')], vex: ['a.json', 'b.json'] };
  expect(severity.describe(demand)).toBe('no finding above low; 1 exception; statements of a.json, b.json');
});
