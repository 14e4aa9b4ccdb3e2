import * as z from 'zod';
import { cancelDeployment as cancel } from '../deployments/requests.ts';
import { cancelGate, isGateId } from '../gates/cancel-gate.ts';
import { findGate } from '../gates/gate-records.ts';
import { defineTool } from './define.ts';
import { followRequest, renderRequest, requestShape } from './deployment-shape.ts';
import { reasonShape } from './limits.ts';

const lookSeconds = 1;

export const cancelDeployment = defineTool({
  name: 'cancelDeployment',
  title: 'Cancel a deployment',
  effect: 'change',
  description:
    'Ends a deployment at the next safe point; after the switch it brings the previous release back. A gateId ends the checks of that gate.',
  input: z.strictObject({ deploymentId: z.string(), reason: reasonShape }),
  output: requestShape,
  async run({ deploymentId, reason }, context) {
    const project = await context.project();
    if (isGateId(deploymentId)) {
      await cancelGate(project, { caller: context.caller, gateId: deploymentId, reason });
      const { environment = '', commit = '' } = (await findGate(project, deploymentId)) ?? {};
      const failure = { code: 'CANCELLED', step: 'checks', message: `cancelled: ${reason}` };
      return { deploymentId, state: 'cancelled' as const, environment, commit, failure };
    }
    await cancel(project, context.caller, deploymentId, reason);
    return followRequest(project, deploymentId, lookSeconds, context);
  },
  render: renderRequest,
});
