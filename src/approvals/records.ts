import type { ApprovalAnswerRow, ApprovalRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';

/** Requests for approval and their answers, as they stand on record. */

/** An approval request as callers see it. */
export interface Approval {
  requestId: string;
  deploymentId: string;
  environment: string;
  status: ApprovalRow['status'];
  required: number;
  roles: string[];
  level: string;
  given: { approver: string; role: string; level: string; decision: string; at: string; reason?: string }[];
  askedAt: string;
  expiresAt: string;
  humanRequestId?: string;
  statement: string;
}

export async function approvalRow(project: Project, deploymentId: string): Promise<ApprovalRow | undefined> {
  return project.state.read
    .selectFrom('approvals')
    .selectAll()
    .where('deployment_id', '=', deploymentId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function answersTo(project: Project, approvalId: string): Promise<ApprovalAnswerRow[]> {
  return project.state.read
    .selectFrom('approval_answers')
    .selectAll()
    .where('approval_id', '=', approvalId)
    .execute();
}

export async function findApproval(project: Project, deploymentId: string): Promise<Approval | undefined> {
  const row = await approvalRow(project, deploymentId);
  return row && toApproval(row, await answersTo(project, row.id));
}

export function toApproval(row: ApprovalRow, answers: ApprovalAnswerRow[]): Approval {
  return {
    requestId: row.id,
    deploymentId: row.deployment_id,
    environment: row.environment,
    status: row.status,
    required: row.required,
    roles: JSON.parse(row.roles) as string[],
    level: row.level,
    given: answers.map(({ approver, role, level, decision, at, reason }) => ({
      approver,
      role,
      level,
      decision,
      at,
      reason: reason ?? undefined,
    })),
    askedAt: row.created_at,
    expiresAt: row.expires_at,
    humanRequestId: row.human_request_id ?? undefined,
    statement: row.statement,
  };
}
