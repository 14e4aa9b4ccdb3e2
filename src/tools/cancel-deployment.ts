import { z } from 'zod';
import { followDeployment } from '../deployments/follow.ts';
import { cancelDeployment as cancel } from '../deployments/requests.ts';
import { viewDeployment } from '../deployments/view.ts';
import { defineTool } from './define.ts';
import { renderRequest, requestResult, requestShape } from './deployment-shape.ts';

const lookMs = 1_000;

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
    await followDeployment(project, deploymentId, { waitMs: lookMs, signal: context.signal });
    return requestResult(await viewDeployment(project, deploymentId));
  },
  render: renderRequest,
});
