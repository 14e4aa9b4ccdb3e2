import * as z from 'zod';
import { cancelDeployment as cancel } from '../deployments/requests.ts';
import { defineTool } from './define.ts';
import { followRequest, renderRequest, requestShape } from './deployment-shape.ts';

const lookSeconds = 1;

export const cancelDeployment = defineTool({
  name: 'cancelDeployment',
  title: 'Cancel a deployment',
  effect: 'change',
  description:
    'Ends a deployment at the next safe point; after the switch it brings the previous release back.',
  input: z.strictObject({ deploymentId: z.string(), reason: z.string().min(1) }),
  output: requestShape,
  async run({ deploymentId, reason }, context) {
    const project = await context.project();
    await cancel(project, context.caller, deploymentId, reason);
    return followRequest(project, deploymentId, lookSeconds, context);
  },
  render: renderRequest,
});
