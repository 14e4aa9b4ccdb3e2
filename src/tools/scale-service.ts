import * as z from 'zod';
import { requestScaling } from '../deployments/runbook-requests.ts';
import { defineTool } from './define.ts';
import { firstLookSeconds } from './deploy.ts';
import { followRequest, renderRequest, requestShape } from './deployment-shape.ts';
import { reasonShape } from './limits.ts';

export const scaleService = defineTool({
  name: 'scaleService',
  title: 'Scale a service',
  effect: 'change',
  starts: 'deployment',
  description: 'Changes how many instances of a live service run, within policy, like a runbook.',
  input: z.strictObject({
    environment: z.string(),
    service: z.string(),
    replicas: z.int().min(1),
    reason: reasonShape.optional(),
    waitSeconds: z.number().min(0).max(600).default(firstLookSeconds),
  }),
  output: requestShape,
  async run({ waitSeconds, ...request }, context) {
    const project = await context.project();
    const id = await requestScaling(project, { ...request, caller: context.caller });
    return followRequest(project, id, waitSeconds, context);
  },
  render: renderRequest,
});
