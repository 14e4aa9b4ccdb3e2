import { isAnswered } from '../approvals/approvals.ts';
import { sleep } from '../platform/clock.ts';
import type { Project } from '../project.ts';
import { adoptOrphans } from './adoption.ts';
import { type DeploymentState, isFinal } from './states.ts';

const pollMs = 100;
const adoptEveryMs = 2_000;

async function waitsForPeople(project: Project, id: string, state: DeploymentState): Promise<boolean> {
  return state === 'waitingForApproval' && !(await isAnswered(project, id));
}

/**
 * Watches a deployment until it ends, waits for people, or the time is over. The deployment does not notice.
 * @param onStep called with `state: step` whenever that changes
 */
export async function followDeployment(
  project: Project,
  id: string,
  { waitMs, signal, onStep }: { waitMs: number; signal?: AbortSignal; onStep?: (message: string) => void },
): Promise<void> {
  const deadline = performance.now() + waitMs;
  let told = '';
  let adoptAt = performance.now() + adoptEveryMs;
  while (performance.now() < deadline && !signal?.aborted) {
    const row = await project.state.read
      .selectFrom('deployments')
      .select(['state', 'runner', 'cancel_reason'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const step = await project.state.read
      .selectFrom('steps')
      .select('name')
      .where('deployment_id', '=', id)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    const message = step ? `${row.state}: ${step.name}` : row.state;
    if (message !== told) {
      told = message;
      onStep?.(message);
    }
    const state = row.state as DeploymentState;
    // A final state without a runner means that tasks, documents and messages are written too.
    if (row.runner === null && isFinal(state)) return;
    if (row.runner === null && row.cancel_reason === null && (await waitsForPeople(project, id, state)))
      return;
    if (performance.now() >= adoptAt) {
      adoptAt += adoptEveryMs;
      await adoptOrphans(project); // a runner that dies while somebody watches is replaced while they watch
    }
    await sleep(Math.min(pollMs, Math.max(1, deadline - performance.now())));
  }
}
