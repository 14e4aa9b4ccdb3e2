import * as z from 'zod';
import { followDeployment } from '../deployments/follow.ts';
import { deploymentStates } from '../deployments/states.ts';
import { type DeploymentView, viewDeployment } from '../deployments/view.ts';
import type { Project } from '../project.ts';
import { defineTool, type ToolContext } from './define.ts';
import {
  followedLines,
  followedShape,
  overriddenOf,
  overrideLines,
  overrideShape,
  requirementShape,
} from './evaluate-gate.ts';
import { answerLines, answerShape, shownAnswer } from './human-answers.ts';
import { fence } from './text.ts';

/** What deploy and rollback answer with. */

const refusal = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  requirements: z.array(requirementShape),
});

const approvalRequest = z.object({
  requestId: z.string(),
  /** Its entry in human-requests.md. */
  humanRequestId: z.string().optional(),
  required: z.int(),
  roles: z.array(z.string()),
  level: z.string(),
  askedAt: z.string(),
  expiresAt: z.string(),
});

export const overriddenShape = z.object({
  name: z.string(),
  observed: z.string().optional(),
  override: overrideShape,
});

export const runbookShape = z.object({
  name: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export const failureShape = z.object({
  code: z.string(),
  step: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
});

export const requestShape = z.object({
  deploymentId: z.string().optional(),
  state: z.enum([...deploymentStates, 'planned']),
  environment: z.string(),
  commit: z.string(),
  artifact: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  runbook: runbookShape.optional(),
  servedVersion: z.string().optional(),
  steps: z.array(z.string()).optional(),
  /** For a plan: what the gate says now. */
  gate: z.object({ verdict: z.string(), requirements: z.array(requirementShape) }).optional(),
  /** For a plan: what would be different, held against what is live. */
  changes: z
    .object({
      commits: z.array(z.object({ sha: z.string(), authorName: z.string(), subject: z.string() })),
      commitCount: z.int(),
      lost: z.int(),
      files: z.int(),
      insertions: z.int(),
      deletions: z.int(),
      artifact: z.enum(['same', 'another', 'not built yet']),
      policy: z.enum(['same', 'another']),
      irreversible: z.array(z.string()),
    })
    .optional(),
  refused: refusal.optional(),
  /** Requirements that a person decided not to count. */
  overrides: z.array(overriddenShape).optional(),
  approvalRequest: approvalRequest.optional(),
  humanAnswers: z.array(answerShape).optional(),
  failure: failureShape.optional(),
  ...followedShape,
});

/** Looks at a request for a while and answers with where it stands; it goes on whether anybody looks or not. */
export async function followRequest(
  project: Project,
  id: string,
  waitSeconds: number,
  { signal, progress }: Pick<ToolContext, 'signal' | 'progress'>,
): Promise<z.input<typeof requestShape>> {
  await followDeployment(project, id, { waitMs: waitSeconds * 1_000, signal, onStep: progress });
  return requestResult(await viewDeployment(project, id));
}

/** Where a request stands by now. No tool of its own: how a task, once it has ended, is answered. */
export const deploymentRequest = defineTool({
  name: 'deploymentRequest',
  title: 'Where a request stands',
  effect: 'read',
  description: 'What deploy, rollback or runRunbook would answer by now.',
  input: z.strictObject({ deploymentId: z.string() }),
  output: requestShape,
  run: async ({ deploymentId }, context) => followRequest(await context.project(), deploymentId, 0, context),
  render: renderRequest,
});

function requestResult(view: DeploymentView): z.input<typeof requestShape> {
  const { approval, failure } = view;
  // Turned away before anything began is a refusal; whatever began and broke is a failure.
  const wasRefused = failure !== undefined && view.startedAt === undefined && failure.code !== 'CANCELLED';
  return {
    deploymentId: view.id,
    state: view.state,
    environment: view.environment,
    commit: view.commit,
    to: view.version,
    artifact: view.artifact,
    from: view.from,
    runbook: view.runbook,
    servedVersion: view.servedVersion,
    fixTasks: view.fixTasks,
    escalation: view.escalation,
    notices: view.notices,
    ...(view.humanAnswers.length > 0 && { humanAnswers: view.humanAnswers.map(shownAnswer) }),
    ...(view.overrides.length > 0 && { overrides: view.overrides }),
    ...(failure && wasRefused && { refused: { ...failure, requirements: failure.requirements ?? [] } }),
    ...(failure && !wasRefused && { failure }),
    ...(approval &&
      view.state === 'waitingForApproval' && {
        approvalRequest: {
          requestId: approval.requestId,
          required: approval.required,
          roles: approval.roles,
          level: approval.level,
          askedAt: approval.askedAt,
          expiresAt: approval.expiresAt,
          humanRequestId: approval.humanRequestId,
        },
      }),
  };
}

export function renderRequest(result: z.output<typeof requestShape>): string {
  const { deploymentId, state, environment, from, to, steps, refused, approvalRequest, failure } = result;
  const what = result.runbook
    ? `runbook ${result.runbook.name} on ${environment}`
    : `${to ?? result.commit.slice(0, 12)} to ${environment}${from ? ` (live: ${from})` : ''}`;
  const head = `${deploymentId ?? 'plan'}: ${what}: ${state}`;
  const parts = [head, ...overrideLines(result.overrides ?? overriddenOf(result.gate?.requirements ?? []))];
  if (result.changes) parts.push(...changeLines(result.changes));
  if (steps) parts.push(...steps.map((step, index) => `${index + 1}. ${step}`));
  if (refused) {
    parts.push(
      `Refused: ${refused.code}${refused.remedy ? `. ${refused.remedy}` : ''}`,
      fence('reason', refused.message),
    );
  }
  if (failure) parts.push(...failureLines(failure));
  parts.push(...followedLines(result));
  if (approvalRequest) {
    const { requestId, required, level, roles, askedAt, expiresAt } = approvalRequest;
    parts.push(
      `Waits for ${required} ${level} approval by ${roles.join(' or ')}, asked at ${askedAt}, until ${expiresAt}: a person runs "devops-engineer approve ${requestId}".`,
    );
  }
  parts.push(...answerLines(result.humanAnswers ?? []));
  if (!refused && !failure && !approvalRequest && !steps && state !== 'deployed') {
    parts.push(`It goes on by itself; follow it with getDeployment {"deploymentId": "${deploymentId}"}.`);
  }
  return parts.join('\n');
}

export function failureLines({ code, step, message, remedy }: z.output<typeof failureShape>): string[] {
  return [`Failed in ${step}: ${code}${remedy ? `. ${remedy}` : ''}`, fence('reason', message)];
}

/** Commit messages are anybody's words. */
function changeLines(changes: NonNullable<z.output<typeof requestShape>['changes']>): string[] {
  const { commits, commitCount, lost, files, insertions, deletions, artifact, policy, irreversible } =
    changes;
  const more = commitCount > commits.length ? `, the newest ${commits.length} below` : '';
  const log = commits.map(({ sha, authorName, subject }) => `${sha.slice(0, 12)} ${authorName}: ${subject}`);
  return [
    `Changes: ${commitCount} commits${more}, ${files} files, +${insertions} -${deletions}; artifact ${artifact}; policy ${policy}${lost > 0 ? `; goes back: ${lost} live commits are not in it` : ''}`,
    ...(log.length > 0 ? [fence('commits', log.join('\n'))] : []),
    ...(irreversible.length > 0 ? [fence('cannot be undone', irreversible.join('\n'))] : []),
  ];
}
