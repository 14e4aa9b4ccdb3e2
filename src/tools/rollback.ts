import * as z from 'zod';
import { requestRollback } from '../deployments/requests.ts';
import { defineTool } from './define.ts';
import { firstLookSeconds } from './deploy.ts';
import { followRequest, renderRequest, requestShape } from './deployment-shape.ts';
import { reasonShape } from './limits.ts';

export const rollback = defineTool({
  name: 'rollback',
  title: 'Roll back',
  effect: 'change',
  starts: 'deployment',
  description:
    'Brings an earlier proven release back (default: the one before) and proves it. Needs no gate or approval. Refuses what cannot be restored.',
  input: z.strictObject({
    environment: z.string(),
    to: z.string().optional().describe('version, commit or deployment id'),
    reason: reasonShape,
    waitSeconds: z.number().min(0).max(600).default(firstLookSeconds),
  }),
  output: requestShape,
  async run({ environment, to, reason, waitSeconds }, context) {
    const project = await context.project();
    const id = await requestRollback(project, {
      environment,
      reason,
      caller: context.caller,
      to,
    });
    return followRequest(project, id, waitSeconds, context);
  },
  render: renderRequest,
});
