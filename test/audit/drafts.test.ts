import { expect, test } from 'vitest';
import { outlineOf } from '../../src/audit/document-sections.ts';
import { postMortemDraft, releaseNotes } from '../../src/audit/drafts.ts';

const facts = {
  id: 'dep-1',
  kind: 'deploy' as const,
  environment: 'production',
  version: '2f3c9e1b7a6d',
  commit: '2f3c9e1b7a6d5c4b3a2918070605040302010fed',
  from: '1a2b3c4d5e6f',
  state: 'rolledBack',
  caller: 'kim (mcp: agent 1)',
  taskId: 'T-1',
  began: true,
  startedAt: '2026-11-26T05:00:01.000Z',
  finishedAt: '2026-11-26T05:02:00.000Z',
  requestedAt: '2026-11-26T05:00:00.000Z',
  commits: [
    { sha: 'a'.repeat(40), author: 'Ada', subject: 'feat(cart)!: prices in cents' },
    { sha: 'b'.repeat(40), author: 'Ada', subject: 'fix: no rounding twice' },
    { sha: 'c'.repeat(40), author: 'Bob', subject: 'Merge branch main into cart' },
    { sha: 'd'.repeat(40), author: 'Bob', subject: '## Injected\n[x](javascript:alert(1)) <b>' },
  ],
  gate: [{ name: 'unit', verdict: 'pass', observed: '42 of 42' }],
  approvals: [
    {
      approver: 'sam@x.example',
      role: 'stakeholder',
      level: 'signed',
      at: '2026-11-26T05:00:30.000Z',
      decision: 'approve' as const,
    },
  ],
  failure: { code: 'HEALTH_FAILED', step: 'verify', message: 'p95 was 900 ms # not a heading' },
  steps: [{ name: 'activate', state: 'done', startedAt: '2026-11-26T05:01:00.000Z', durationMs: 12 }],
  log: ['# no heading', '```', 'plain'],
  fixTasks: ['T-9'],
};

test('a post-mortem has what is on record, and asks for the rest', () => {
  const draft = postMortemDraft(facts);
  expect(outlineOf(draft).sections.map(({ heading }) => heading)).toEqual([
    'Post-mortem: deploy of 2f3c9e1b7a6d to production, rolledBack',
    'Summary',
    'Impact',
    'Timeline (UTC)',
    'What failed',
    'What changed',
    'Causes',
    'Actions',
  ]);
  expect(outlineOf(draft).isOpen).toBe(false);
  for (const part of [
    'Serving afterwards: 1a2b3c4d5e6f',
    'approved by sam@x.example as stakeholder',
    'activate: done after 12 ms',
    'HEALTH\\_FAILED in verify',
    '    # no heading',
    '- T-9',
    '_To be completed._',
  ])
    expect(draft.replaceAll('HEALTH_FAILED', 'HEALTH\\_FAILED')).toContain(part);
});

test('its timeline is in the order of time', () => {
  const steps = [
    { name: 'approval', state: 'done', startedAt: '2026-11-26T05:00:10.000Z' },
    { name: 'notify', state: 'done', startedAt: '2026-11-26T05:02:01.000Z' },
  ];
  const [, timeline = ''] = postMortemDraft({ ...facts, steps }).split(
    /## Timeline.*\n\n|\n\n## What failed/,
  );
  expect(timeline.split('\n').map((line) => line.replace(/^- \S+ (\w+).*/, '$1'))).toEqual([
    'requested',
    'approval',
    'approved',
    'ended',
    'notify',
  ]);
});

test('release notes are grouped by what commits say they are, and nothing of theirs is markup', () => {
  const notes = releaseNotes({ ...facts, state: 'deployed' });
  expect(notes).toContain(
    '## Breaking changes\n\n- cart: prices in cents (aaaaaaaaaaaa, Ada)\n\n## Fixes\n\n- no rounding twice',
  );
  expect(notes).not.toContain('Merge branch');
  expect(outlineOf(notes).sections.map(({ heading }) => heading)).toEqual([
    'Release 2f3c9e1b7a6d',
    'Breaking changes',
    'Fixes',
    'Other changes',
  ]);
  expect(notes).not.toMatch(/\[x\]\(|<b>/);
  expect(releaseNotes({ ...facts, commits: [] })).toContain('No commits since');
});
