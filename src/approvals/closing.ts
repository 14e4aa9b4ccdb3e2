import { record } from '../audit/trail.ts';
import type { Writer } from '../platform/database.ts';
import { userName } from '../platform/self.ts';
import type { ApprovalRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import { resolveHumanRequest } from './requests.ts';

/** How a request for approval ends, whichever way. */

/** Ends a request that is open and says so in human-requests.md. */
export async function closeApproval(
  project: Project,
  row: ApprovalRow,
  status: ApprovalRow['status'],
  note: string,
): Promise<void> {
  await project.state.change((writer) => markClosed(writer, row, status, note));
  await tellClosed(project, row, status, note);
}

/** The same inside of a change that decides it. */
export async function markClosed(
  writer: Writer,
  { id, deployment_id: deploymentId }: ApprovalRow,
  status: ApprovalRow['status'],
  why: string,
): Promise<void> {
  await writer.updateTable('approvals').set({ status }).where('id', '=', id).execute();
  await record(writer, {
    caller: { kind: 'server', user: userName },
    action: 'approval.close',
    subject: id,
    decision: status,
    detail: { deploymentId, why },
  });
}

/** Moves the request in human-requests.md; a broken document stops nothing. */
export async function tellClosed(
  project: Project,
  { human_request_id: humanRequestId }: ApprovalRow,
  status: ApprovalRow['status'],
  note: string,
): Promise<void> {
  if (humanRequestId === null) return;
  await resolveHumanRequest(project, humanRequestId, `${status}. ${note}`).catch(() => undefined);
}
