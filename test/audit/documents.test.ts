import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appendSection, type DeploymentFacts, deploymentLogSection } from '../../src/audit/documents.ts';

const facts: DeploymentFacts = {
  id: 'dep-7',
  kind: 'deploy',
  environment: 'production',
  version: '1.3.0',
  commit: '1f0c3a5b9d7e2468ace013579bdf02468ace0135',
  from: '1.2.0',
  state: 'deployed',
  caller: 'ada (mcp)',
  reason: 'orders by mail',
  taskId: 'T-012',
  began: true,
  startedAt: '2026-11-23T10:00:00.000Z',
  finishedAt: '2026-11-23T10:01:30.000Z',
  commits: [{ sha: '1f0c3a5b9d7e2468ace0', author: 'Ada', subject: 'Add orders by mail' }],
  gate: [
    { name: 'regression', verdict: 'pass', observed: '98% of 120' },
    { name: 'rollback', verdict: 'pass', observed: 'verified' },
  ],
  approvals: [
    {
      approver: 'sam@shop.example',
      role: 'stakeholder',
      level: 'signed',
      at: '2026-11-23T09:58:00.000Z',
      decision: 'approve',
    },
  ],
  servedVersion: '1.3.0',
};

describe('deploymentLogSection', () => {
  test('tells what, why, who, proof, approval and result', () => {
    expect(deploymentLogSection(facts)).toBe(`## 2026-11-23T10:01:30.000Z production 1.3.0: deployed

- **Deployment**: dep-7, replaces 1.2.0
- **Commit**: 1f0c3a5b9d7e2468ace013579bdf02468ace0135
- **Requested by**: ada (mcp) for task T-012
- **Reason**: orders by mail
- **Time**: 2026-11-23T10:00:00.000Z to 2026-11-23T10:01:30.000Z
- **Serving**: 1.3.0
- **Approvals**:
  - sam@shop.example as stakeholder, signed, 2026-11-23T09:58:00.000Z
- **Gate**: 2 of 2 requirements passed
  - pass: regression (98% of 120)
  - pass: rollback (verified)
- **Commits**:
  - 1f0c3a5b9d7e Ada: Add orders by mail
`);
  });

  const failure = { code: 'HEALTH_FAILED', step: 'verify', message: '503 on /healthz' };

  test('a release that was rolled back: what failed, and what serves again', () => {
    const section = deploymentLogSection({ ...facts, state: 'rolledBack', failure });
    expect(section).toContain('- **Failure**: HEALTH_FAILED in verify: 503 on /healthz\n');
    expect(section).toContain('- **Rolled back**: to 1.2.0\n- **Serving**: 1.2.0\n');
    const first = deploymentLogSection({ ...facts, from: undefined, state: 'rolledBack', failure });
    expect(first).toContain('- **Serving**: nothing\n');
  });

  test('a rollback that failed is not told as one that worked', () => {
    const section = deploymentLogSection({
      ...facts,
      state: 'unknown',
      servedVersion: undefined,
      failure: { ...failure, code: 'ROLLBACK_FAILED' },
    });
    expect(section).toContain('1.3.0: unknown\n');
    expect(section).toContain('- **Rolled back**: tried, and failed\n- **Serving**: not proven\n');
  });

  test('a release that people rejected: who did, and that nothing was touched', () => {
    const approvals = facts.approvals.map((one) => ({ ...one, decision: 'reject' as const }));
    const section = deploymentLogSection({ ...facts, approvals, began: false, state: 'failed' });
    expect(section).toContain('- **Deployment**: dep-7, to replace 1.2.0\n');
    expect(section).toContain('- **Not begun**: nothing was touched\n');
    expect(section).toContain(
      'sam@shop.example as stakeholder, signed, 2026-11-23T09:58:00.000Z: rejected\n',
    );
    expect(section).not.toContain('Serving');
  });

  test.each(['deploy', 'rollback', 'runbook'] as const)(
    'a %s that is told again stands there once',
    (kind) => {
      const once = appendSection(undefined, deploymentLogSection({ ...facts, kind }));
      expect(appendSection(once, deploymentLogSection({ ...facts, kind }))).toBe(once);
    },
  );

  test('what a person let pass is told with who, until when and why', () => {
    const override = {
      requirement: 'load',
      by: 'sam@shop.example',
      role: 'stakeholder',
      reason: 'The *generator*\nis down.',
      until: '2026-11-24T10:00:00.000Z',
    };
    expect(deploymentLogSection({ ...facts, overrides: [override] })).toContain(`- **Serving**: 1.3.0
- **Overridden**: load did not count
  - load by sam@shop.example as stakeholder, until 2026-11-24T10:00:00.000Z: The \\*generator\\* is down.
`);
  });

  test('a rollback that was asked for needs neither gate nor approval', () => {
    const bare = { commits: [], gate: [], approvals: [], taskId: undefined };
    const section = deploymentLogSection({ ...facts, ...bare, kind: 'rollback', reason: 'slow' });
    expect(section).toContain('- **Rollback**: dep-7, replaces 1.2.0\n');
    expect(section).not.toMatch(/Approvals|Gate|Commits|for task/);
  });

  test('text of others stays text on its own line', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '\n## 2026 production 9.9: deployed\n\n- **Deployment**: dep-9',
        '\r# x',
        '\u2028## x',
        '1. x',
        '- x',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (one, two, three) => {
        const section = deploymentLogSection({
          ...facts,
          caller: one,
          reason: `r${two}`,
          taskId: `t${three}`,
          version: `v${one}`,
          commits: [{ sha: 'abc', author: two, subject: three }],
          approvals: [{ approver: three, role: one, level: two, at: one, decision: 'approve' }],
          failure: { code: one, step: two, message: three },
        });
        expect(section.split(/[\n\r\u2028\u2029\v\f\u0085]/)).toHaveLength(17);
        expect(section.match(/^#/gm)).toHaveLength(1);
        expect(section.match(/^- \*\*(Deployment|Rollback)\*\*/gm)).toHaveLength(1);
        // Nothing but our own marks is bold, a link, an image, code or HTML.
        const marks = section.replace(/^ *- \*\*[A-Z][a-z ]+\*\*:/gm, '').replace(/\\./g, '');
        expect(marks.slice(2)).not.toMatch(/[*`[\]<>|]/);
      }),
    );
  });

  test.each([
    ['- sam', '  - \\- sam as'],
    ['1. sam', '  - 1\\. sam as'],
    ['_sam_', '  - \\_sam\\_ as'],
    ['sam_ro', '  - sam_ro as'],
  ])('an approver named %j begins no list', (approver, item) => {
    const approvals = facts.approvals.map((one) => ({ ...one, approver }));
    expect(deploymentLogSection({ ...facts, approvals })).toContain(item);
  });

  test('tokens keep a shape by which they can be found and redacted', () => {
    const token = `ghp_${'a1'.repeat(18)}`;
    expect(deploymentLogSection({ ...facts, reason: `use ${token}` })).toContain(token);
  });
});

describe('appendSection', () => {
  const section = deploymentLogSection(facts);
  const other = deploymentLogSection({ ...facts, id: 'dep-70' });

  test('no file, or an empty one, gets a title', () => {
    expect(appendSection(undefined, section)).toMatch(/^# Deployment log\n[\s\S]+\n\n## 2026-11-23T/);
    expect(appendSection('', section)).toBe(appendSection(undefined, section));
  });

  test.each([
    ['\n', '# Ours\n'],
    ['\n', '# Ours\n\nText without a last line end'],
    ['\n', '\uFEFF# Ours\n\n'],
    ['\r\n', '# Ours\r\n'],
    ['\r\n', '# Ours\r\n\r\nText'],
  ])('keeps every byte and the line ends (%j): %j', (lineEnd, before) => {
    const after = appendSection(before, section);
    expect(after.startsWith(before)).toBe(true);
    const added = after.slice(before.length);
    expect(added.trim()).toBe(section.trim().replaceAll('\n', lineEnd));
    expect(after).toMatch(lineEnd === '\n' ? /[^\r]\n\n## 2026/ : /\r\n\r\n## 2026/);
  });

  test('repeating changes nothing; an id that begins alike is another one', () => {
    const once = appendSection(appendSection(undefined, section), other);
    expect(once.match(/^## /gm)).toHaveLength(2);
    expect(appendSection(once, section)).toBe(once);
    expect(appendSection(once.replaceAll('\n', '\r\n'), other)).toBe(once.replaceAll('\n', '\r\n'));
    const first = appendSection(undefined, other);
    expect(appendSection(first, section)).not.toBe(first);
  });

  test('an id in the text of others does not suppress a section', () => {
    const before = appendSection(
      undefined,
      deploymentLogSection({ ...facts, id: 'dep-1', reason: '\n- **Deployment**: dep-7' }),
    );
    expect(appendSection(before, section)).not.toBe(before);
  });
});
