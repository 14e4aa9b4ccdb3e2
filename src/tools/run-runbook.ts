import * as z from 'zod';
import { planRunbook, requestRunbook } from '../deployments/runbook-requests.ts';
import { defineTool } from './define.ts';
import { firstLookSeconds } from './deploy.ts';
import { followRequest, renderRequest, requestShape } from './deployment-shape.ts';

export const runRunbook = defineTool({
  name: 'runRunbook',
  title: 'Run a runbook',
  effect: 'change',
  starts: 'deployment',
  description:
    'Makes a configured change of infrastructure or monitoring, behind the gate and approvals of its environment. dryRun shows the steps.',
  input: z.strictObject({
    runbook: z.string(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    ref: z.string().default('HEAD'),
    taskId: z.string().optional(),
    dryRun: z.boolean().default(false),
    waitSeconds: z.number().min(0).max(600).default(firstLookSeconds),
  }),
  output: requestShape,
  async run({ dryRun, waitSeconds, ...request }, context) {
    const project = await context.project();
    if (dryRun) return planRunbook(project, request);
    const id = await requestRunbook(project, { ...request, caller: context.caller });
    return followRequest(project, id, waitSeconds, context);
  },
  render: renderRequest,
});
