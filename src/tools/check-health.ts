import * as z from 'zod';
import { checkHealth as check } from '../operations/health.ts';
import { defineTool } from './define.ts';
import { fence } from './text.ts';

export const checkHealth = defineTool({
  name: 'checkHealth',
  title: 'Check health',
  effect: 'read',
  description: 'Probes an environment: health, served versions against what should be live, traffic.',
  input: z.strictObject({ environment: z.string() }),
  output: z.object({
    environment: z.string(),
    status: z.enum(['healthy', 'degraded', 'down', 'unknown']),
    servedVersions: z.array(z.string()),
    expectedVersion: z.string().optional(),
    probes: z.array(z.object({ healthy: z.boolean() })),
    metrics: z.object({ requests: z.number(), errors: z.number() }).optional(),
    problems: z.array(z.string()),
  }),
  async run({ environment }, context) {
    const project = await context.project();
    return { ...(await check(project, environment)) };
  },
  render({ environment, status, servedVersions, expectedVersion, probes, metrics, problems }) {
    const good = probes.filter(({ healthy }) => healthy).length;
    return [
      `${environment}: ${status}; ${good} of ${probes.length} probes good; serves ${servedVersions.join(', ') || 'nothing'}; expected ${expectedVersion ?? 'nothing'}`,
      ...(metrics ? [`Traffic since the switch: ${JSON.stringify(metrics)}`] : []),
      ...(problems.length > 0 ? [fence('problems', problems.join('\n'))] : []),
    ].join('\n');
  },
});
