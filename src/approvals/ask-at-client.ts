import { runbookRequestOf } from '../deployments/runbook.ts';
import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import type { Caller, Project } from '../project.ts';
import { answerApproval } from './answer.ts';
import { approvalRow } from './records.ts';

/**
 * Asking the person at the client, through its elicitation. Clients answer that by themselves, too, so it counts as
 * `unverified` and is not even asked where the policy, or the request itself, wants a signature.
 */

export interface ClientQuestion {
  requestId: string;
  deploymentId: string;
  /** Made of our own facts alone: nobody else's words stand in a dialog that looks like ours. */
  message: string;
}

/** What the person said; anything else is no answer. */
export interface ClientAnswer {
  decision: 'approve' | 'reject';
  reason?: string | undefined;
}

/** @returns undefined where nothing is to be asked, or a signature is needed */
export async function questionForClient(
  project: Project,
  deploymentId: string,
): Promise<ClientQuestion | undefined> {
  const row = await approvalRow(project, deploymentId);
  if (row?.status !== 'pending' || row.expires_at < timestamp() || row.level !== 'unverified')
    return undefined;
  const policy = project.config.environments[row.environment]?.approvals;
  if (policy?.level !== 'unverified') return undefined;
  const deployment = await project.state.read
    .selectFrom('deployments')
    .selectAll()
    .where('id', '=', deploymentId)
    .executeTakeFirst();
  if (deployment?.state !== 'waitingForApproval') return undefined;
  const what =
    deployment.kind === 'runbook'
      ? `runbook ${runbookRequestOf(deployment).name} on ${row.environment}`
      : `${deployment.version} to ${row.environment} (commit ${deployment.commit_sha})`;
  return {
    requestId: row.id,
    deploymentId,
    message: `${project.config.project}: approve ${what}? Its gate passed. Deployment ${deploymentId}, request ${row.id}, until ${row.expires_at}. "devops-engineer approve ${row.id}" shows the plan and the commits.`,
  };
}

/**
 * Records what the person at the client said, as `unverified`.
 * @throws SIGNATURE_REFUSED where that does not count, UNKNOWN_REQUEST, REQUEST_CLOSED, APPROVAL_EXPIRED
 */
export async function answerFromClient(
  project: Project,
  question: Pick<ClientQuestion, 'requestId' | 'deploymentId'>,
  { decision, reason }: ClientAnswer,
  caller: Caller,
): Promise<void> {
  const asked = await questionForClient(project, question.deploymentId);
  if (asked?.requestId !== question.requestId) {
    throw new DevopsError(
      'SIGNATURE_REFUSED',
      `request ${question.requestId} takes no answer from a client`,
      {
        remedy: `A person answers with "devops-engineer approve ${question.requestId} --key FILE".`,
      },
    );
  }
  await answerApproval(project, { requestId: question.requestId, decision, reason, caller });
}
