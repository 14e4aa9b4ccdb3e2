import { approvalNamespace, readStatement, rejectionOf } from '../../approvals/statement.ts';
import { isNamedBy } from '../../config/policy.ts';
import { asDevopsError } from '../../errors.ts';
import { digestOf, sha256 } from '../../platform/digest.ts';
import { verifyWithSigners } from '../../platform/signatures.ts';
import type { AuditEntry } from '../chain.ts';
import { type Erasure, erasureSince } from '../retention/erasures.ts';
import { type Manifest, place } from './manifest.ts';
import {
  type ApprovalPart,
  approvalPart,
  type DeploymentPart,
  deploymentPart,
  evidencePart,
  gatePart,
  type PolicyPart,
  revokedOf,
  signersOf,
} from './parts.ts';
import type { ReadPart } from './verify.ts';

/** Holds the parts of a bundle against the audit trail in it, and against the signatures of people. */

interface Bundle {
  manifest: Manifest;
  entries: readonly AuditEntry[];
  policy: PolicyPart | undefined;
  problems: string[];
  read: ReadPart;
  /** What the trail in it tells of erased parts, by their names in the bundle. */
  erasures: ReadonlyMap<string, Erasure>;
  /** Digest of the first bytes of a log; undefined where it has fewer. */
  logMark(id: string, bytes: number): Promise<string | undefined>;
}

export async function holdTogether(bundle: Bundle): Promise<void> {
  const { manifest, entries, policy, problems, read } = bundle;
  const deployment = await read(place.deployment, deploymentPart);
  if (!deployment) return;
  const says = (ok: boolean, file: string, why: string) => {
    if (!ok) problems.push(`${file}: ${why}`);
  };
  const told = (action: RegExp, subject: string) =>
    entries.findLast((entry) => entry.subject === subject && action.test(entry.action));

  const same =
    deployment.id === manifest.deployment &&
    deployment.environment === manifest.environment &&
    deployment.commit_sha === manifest.commit &&
    deployment.artifact_digest === manifest.artifact &&
    deployment.policy_digest === manifest.policyDigest;
  says(same, place.deployment, 'is not the deployment that the manifest names');
  const requested = told(/^(deploy|rollback)\.request$/, deployment.id);
  const asked = { ...requested?.detail };
  says(
    asked.commit === deployment.commit_sha &&
      asked.environment === deployment.environment &&
      asked.policyDigest === deployment.policy_digest,
    place.deployment,
    'the trail tells of another request, or of none',
  );
  const state = told(/^deployment\.(?!cancel$|record$)/, deployment.id);
  says(
    state === undefined ? deployment.state === 'pending' : state.action === `deployment.${deployment.state}`,
    place.deployment,
    `the trail does not say that it is ${deployment.state}`,
  );
  const end = told(/^deployment\.record$/, deployment.id);
  const log = end?.detail.log as { bytes?: unknown; digest?: unknown } | undefined;
  const logName = place.log(deployment.id);
  const erased = erasureSince(bundle.erasures.get(logName), end?.at ?? '');
  if (log && typeof log.bytes === 'number' && !(erased && manifest.missing.includes(logName))) {
    const same =
      erased?.after === undefined
        ? (await bundle.logMark(deployment.id, log.bytes)) === log.digest
        : manifest.files.find(({ path }) => path === logName)?.digest === erased.after;
    says(same, logName, 'is not the log that the trail tells of');
  }
  if (policy) {
    says(
      policy.digest === deployment.policy_digest &&
        isNamedBy(policy.digest, { text: policy.content, signers: policy.signers }, sha256),
      place.policy,
      'is not the policy that the deployment was judged by',
    );
  }
  if (deployment.gate_id !== null) await holdGate(bundle, deployment.gate_id);
  await holdEvidence(bundle);
  for (const file of listed(manifest, 'approvals/')) {
    const approval = await read(file, approvalPart);
    if (approval) await holdApproval(bundle, { file, approval, deployment });
  }
}

async function holdGate({ entries, problems, read }: Bundle, gateId: string): Promise<void> {
  const file = place.gate(gateId);
  const gate = await read(file, gatePart);
  if (!gate) return;
  const entry = entries.findLast(({ action, subject }) => action === 'gate.evaluate' && subject === gate.id);
  const told = (entry?.detail.requirements ?? []) as {
    name?: unknown;
    verdict?: unknown;
    evidenceId?: unknown;
  }[];
  const line = ({ name, verdict, evidenceId }: { name?: unknown; verdict?: unknown; evidenceId?: unknown }) =>
    `${String(name)} ${String(verdict)} ${String(evidenceId ?? '')}`;
  const agrees =
    gate.id === gateId &&
    entry?.decision === gate.verdict &&
    entry.detail.commit === gate.commit_sha &&
    entry.detail.policyDigest === gate.policy_digest &&
    told.map(line).join('\n') === gate.requirements.map(line).join('\n');
  if (!agrees) problems.push(`${file}: the trail tells of another verdict, or of none`);
}

async function holdEvidence({ manifest, entries, erasures, problems, read }: Bundle): Promise<void> {
  const reports = new Set(listed(manifest, 'reports/'));
  for (const file of listed(manifest, 'evidence/')) {
    const one = await read(file, evidencePart);
    if (!one) continue;
    const entry = entries.findLast(
      ({ action, subject }) => /^evidence\.(store|admit)$/.test(action) && subject === one.id,
    );
    const told = entry && (erasures.get(place.evidence(one.id))?.after ?? entry.detail.evidenceDigest);
    if (file !== place.evidence(one.id) || told !== digestOf(one.evidence))
      problems.push(`${file}: the trail tells of other evidence, or of none`);
    if ((entry?.detail.reportDigest ?? null) !== one.report_digest)
      problems.push(`${file}: the trail tells of another report`);
    if (one.report_digest === null) continue;
    const report = place.report(one.report_digest);
    if (!reports.has(report) && !manifest.missing.includes(report)) problems.push(`${report}: is missing`);
  }
  for (const report of reports) {
    const digest = manifest.files.find((known) => known.path === report)?.digest ?? '';
    if (place.report(digest) !== report) problems.push(`${report}: is not the report of its name`);
  }
}

async function holdApproval(
  { entries, policy, problems }: Bundle,
  { file, approval, deployment }: { file: string; approval: ApprovalPart; deployment: DeploymentPart },
): Promise<void> {
  const facts = readStatement(approval.statement);
  const bound =
    facts?.deploymentId === deployment.id &&
    facts.commit === deployment.commit_sha &&
    facts.environment === deployment.environment &&
    facts.policyDigest === deployment.policy_digest &&
    facts.artifact === (deployment.artifact_digest ?? '');
  if (!bound) problems.push(`${file}: its statement is about something else`);
  const asked = entries.findLast(
    ({ action, subject }) => action === 'approval.request' && subject === approval.id,
  );
  if (asked?.detail.statement !== digestOf(approval.statement))
    problems.push(`${file}: the trail tells of another statement, or of none`);
  for (const answer of approval.answers) {
    const told = entries.findLast(
      ({ action, subject, person }) =>
        action === `approval.${answer.decision}` &&
        subject === approval.id &&
        person?.name === answer.approver,
    );
    if (told?.person?.level !== answer.level)
      problems.push(`${file}: the trail does not tell of the answer of ${answer.approver}`);
    if (answer.level !== 'signed') continue;
    const signers = policy && signersOf(policy, { role: answer.role });
    if (signers === undefined) {
      problems.push(`${file}: the signers of ${answer.role} are not known, so nobody can tell who signed`);
      continue;
    }
    const revokedKeys = policy && revokedOf(policy, answer.role);
    try {
      await verifyWithSigners({
        ...(revokedKeys !== undefined && { revokedKeys }),
        statement:
          answer.decision === 'approve'
            ? approval.statement
            : rejectionOf(approval.statement, answer.reason ?? undefined),
        signature: answer.signature ?? '',
        allowedSigners: signers,
        namespace: approvalNamespace,
        principal: answer.approver,
        at: new Date(answer.at),
      });
    } catch (error) {
      problems.push(`${file}: ${asDevopsError(error).message}`);
    }
  }
}

function listed({ files }: Manifest, folder: string): string[] {
  return files.map(({ path }) => path).filter((name) => name.startsWith(folder));
}
