import * as z from 'zod';
import { auditPage } from '../audit/page.ts';
import { defineTool } from './define.ts';
import { fence, oneLine } from './text.ts';

export const getAudit = defineTool({
  name: 'getAudit',
  title: 'Read the audit trail',
  effect: 'read',
  description: 'Who did what and why, newest first, and whether the hash chain is intact.',
  input: z.strictObject({
    subject: z.string().optional().describe('id of a task, deployment, gate or request'),
    since: z.iso.datetime().optional(),
    limit: z.int().min(1).max(200).default(20),
    cursor: z.string().optional(),
  }),
  output: z.object({
    entries: z.array(
      z.object({
        position: z.int(),
        at: z.string(),
        actor: z.string(),
        action: z.string(),
        subject: z.string(),
        decision: z.string(),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
    chain: z.union([z.literal('intact'), z.object({ brokenAt: z.int() })]),
    nextCursor: z.string().optional(),
  }),
  async run({ subject, since, limit, cursor }, context) {
    const project = await context.project();
    const page = await auditPage(project, {
      limit,
      subject,
      since,
      cursor,
    });
    return { ...page, entries: page.entries.map((entry) => ({ ...entry })) };
  },
  render({ entries, chain, nextCursor }) {
    const lines = entries.map(
      ({ position, at, actor, action, subject, decision, detail }) =>
        `${position} ${at} ${actor} ${action} ${subject}: ${decision} ${oneLine(JSON.stringify(detail), 200)}`,
    );
    const state = chain === 'intact' ? 'Chain intact.' : `CHAIN BROKEN at entry ${chain.brokenAt}.`;
    return [
      state,
      fence('audit entries', lines.join('\n')),
      ...(nextCursor ? [`More: cursor "${nextCursor}"`] : []),
    ].join('\n');
  },
});
