import { answerApproval, openApproval, textToSign } from '../approvals/answer.ts';
import { readStatement } from '../approvals/statement.ts';
import { record } from '../audit/trail.ts';
import { differencesSinceLive } from '../deployments/differences.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import { findGate } from '../gates/gate-records.ts';
import { reviewNamespace, reviewNotes, reviewStatement } from '../gates/review/signature.ts';
import { userName } from '../platform/self.ts';
import { signStatement } from '../platform/signatures.ts';
import type { Caller, Project } from '../project.ts';
import { assertReason } from './assert-reason.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';
import { printToSign, readGiven, signedInOneWay } from './signed-input.ts';

const caller: Caller = { kind: 'cli', user: userName };

export interface ApproveOptions extends GlobalOptions {
  key?: string;
  reject?: boolean;
  reason?: string;
  /** Print what is to be signed, for a person whose key is not here. */
  statement?: boolean;
  /** What they signed: a file, or `-` for the standard input. */
  signature?: string;
}

/** Shows a person what they would approve, then records their answer. The policy is asked about under its own name. */
export async function approve(requestId: string, options: ApproveOptions): Promise<number> {
  const given = [options.key, options.signature, options.statement].filter((one) => one !== undefined);
  if (given.length > 1) throw signedInOneWay();
  assertReason(options.reason);
  if (requestId === 'policy') return (await import('./approve-policy.ts')).approvePolicy(options);
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const { row } = await openApproval(project, requestId);
    const decision = options.reject ? 'reject' : 'approve';
    const reason = options.reason === undefined ? undefined : project.redact(options.reason);
    if (options.statement) {
      const answer = { decision, ...(reason !== undefined && { reason }) } as const;
      printToSign(await describeRequest(project, row.statement), textToSign(row, answer));
      return 0;
    }
    const signature = options.signature === undefined ? undefined : await readGiven(options.signature);
    if (!options.json) print(await describeRequest(project, row.statement));
    const approval = await answerApproval(project, {
      requestId,
      decision,
      ...(options.key !== undefined && { keyFile: options.key }),
      ...(signature !== undefined && { signature }),
      ...(reason !== undefined && { reason }),
      caller,
    });
    if (options.json) {
      printJson(approval);
      return 0;
    }
    const isRejected = approval.status === 'rejected';
    const said = approval.given.filter(({ decision }) => decision === (isRejected ? 'reject' : 'approve'));
    const signers = said.map(({ approver, level }) => `${approver} (${level})`).join(', ');
    print(
      isRejected
        ? `${approval.requestId}: rejected by ${signers}`
        : `${approval.requestId}: ${approval.status} by ${signers}; ${said.length} of ${approval.required} needed`,
    );
    return 0;
  } finally {
    await app.close();
  }
}

const commitsShown = 15;

async function describeRequest(project: Project, statement: string): Promise<string> {
  const facts = readStatement(statement);
  if (!facts) return 'The statement of this request cannot be read.';
  const repository = await project.repository();
  const changes = await differencesSinceLive(
    project,
    facts.environment,
    await repository.resolve(facts.commit),
    { limit: commitsShown },
  );
  const { commits, commitCount, files, insertions, deletions, lost, irreversible } = changes;
  const gate = await findGate(project, facts.gateId);
  return [
    `Deployment ${facts.deploymentId} to ${facts.environment}`,
    `  commit   ${facts.commit}`,
    `  artifact ${facts.artifact}`,
    `  live now ${facts.from ?? 'nothing'}`,
    `  policy   ${facts.policyDigest}`,
    `${commitCount} commits since the live release: ${files} files, +${insertions} -${deletions}`,
    ...commits.map(
      ({ sha, authorName, subject }) => `  ${sha.slice(0, 12)} ${cleanLine(`${authorName}: ${subject}`)}`,
    ),
    ...(commitCount > commits.length ? [`  and ${commitCount - commits.length} older ones`] : []),
    ...(lost > 0 ? [`It goes back: ${lost} commits that are live now are not in it.`] : []),
    ...irreversible.map((one) => `Cannot be undone: ${one}`),
    `Gate ${facts.gateId}: ${gate?.verdict ?? 'unknown'}`,
    ...(gate?.requirements ?? []).map(
      ({ name, verdict, observed }) => `  ${verdict.padEnd(12)} ${name}: ${observed}`,
    ),
    'Plan:',
    ...facts.plan.map((step) => `  ${step}`),
    '',
  ].join('\n');
}

/** A reviewer signs a commit; the signature travels with the repository as a git note. */
export async function review(ref: string, options: GlobalOptions & { key?: string }): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const repository = await project.repository();
    const commit = await repository.resolve(ref);
    const signature = await signStatement({
      statement: reviewStatement(commit),
      keyFile: options.key ?? '',
      namespace: reviewNamespace,
    });
    await repository.writeNote(reviewNotes, commit.sha, signature);
    await project.state.change((writer) =>
      record(writer, { caller, action: 'commit.review', subject: commit.sha, decision: 'approved' }),
    );
    print(
      `${commit.sha.slice(0, 12)} "${commit.subject}" is reviewed. Share it with: git push origin refs/notes/${reviewNotes}`,
    );
    return 0;
  } finally {
    await app.close();
  }
}
