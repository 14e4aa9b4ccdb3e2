import { record } from '../audit/trail.ts';
import { isNamedBy, type PolicyContent } from '../config/policy.ts';
import { policyChanges, sentenceOf, weakenings } from '../config/weakening.ts';
import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import type { Reader } from '../platform/database.ts';
import { sha256 } from '../platform/digest.ts';
import { verifyWithSigners } from '../platform/signatures.ts';
import type { PolicyRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { rolesThatApprove, type SignerRole } from './policy-approvers.ts';
import { policyNamespace, readPolicyStatement } from './policy-statement.ts';

/**
 * The policies that counted as approved, in order. The first one that the records see is taken as it is; from then on
 * only an approval puts another one in its place.
 */

/** Under this subject the audit trail tells what became of the policy. */
export const policySubject = 'policy';

export function contentOf({ content, signers }: PolicyRow): PolicyContent {
  return { text: content, signers: JSON.parse(signers) as PolicyContent['signers'] };
}

export async function lastApproved(reader: Reader): Promise<PolicyRow | undefined> {
  return reader.selectFrom('policies').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst();
}

/**
 * Takes the policy in force as approved where the records have never seen one, and notes in the audit trail when
 * another one came into force than was seen last: an edit of signers as well as of any rule.
 */
export async function trustFirstPolicy(project: Project, caller: Caller): Promise<void> {
  if (await wasSeen(project.state.read)) return noteChange(project, caller);
  await project.state.change(async (writer) => {
    if (await wasSeen(writer)) return; // by another process, meanwhile
    await writer
      .insertInto('policies')
      .values({
        number: 1,
        digest: project.policy.digest,
        content: project.policy.text,
        signers: JSON.stringify(project.policy.signers),
        how: 'firstUse',
        approver: null,
        role: null,
        level: null,
        reason: null,
        statement: null,
        key_fingerprint: null,
        signature: null,
        at: timestamp(),
      })
      .execute();
    await record(writer, {
      caller,
      action: 'policy.firstUse',
      subject: policySubject,
      decision: 'trusted',
      detail: { number: 1, digest: project.policy.digest },
    });
  });
}

const whatWasSeen = ['policy.firstUse', 'policy.approve', 'policy.change'];

async function noteChange(project: Project, caller: Caller): Promise<void> {
  const { digest } = project.policy;
  const isNew = async (reader: Reader) => (await lastEntry(reader, whatWasSeen))?.digest !== digest;
  if (!(await isNew(project.state.read))) return;
  const standing = await standingOfPolicy(project);
  const changes =
    standing.state === 'known' ? policyChanges(contentOf(standing.approved), project.policy) : [];
  await project.state.change(async (writer) => {
    if (!(await isNew(writer))) return; // by another process, meanwhile
    await record(writer, {
      caller,
      action: 'policy.change',
      subject: policySubject,
      decision: changes.some(({ weaker }) => weaker)
        ? 'weaker'
        : standing.state === 'known'
          ? 'seen'
          : 'doubtful',
      detail: {
        digest,
        ...(standing.state === 'known' && { approved: standing.approved.digest }),
        changes: changes.slice(0, mostChanges).map(sentenceOf),
        ...(changes.length > mostChanges && { more: changes.length - mostChanges }),
      },
    });
  });
}

const mostChanges = 20;

/** What a person should know of the policy wherever the state of something is shown; undefined where all is well. */
export async function troubleWithPolicy(project: Project): Promise<string | undefined> {
  const standing = await standingOfPolicy(project);
  if (standing.state === 'doubtful')
    return `the record of the approved policy does not hold: ${standing.why}`;
  if (standing.state === 'unseen' || standing.weaker.length === 0) return undefined;
  const [first, ...more] = standing.weaker;
  return `the policy in force demands less than the approved one: ${first}${more.length > 0 ? `, and ${more.length} more` : ''}`;
}

async function wasSeen(reader: Reader): Promise<boolean> {
  return (await lastApproved(reader)) !== undefined || (await lastEntry(reader)) !== undefined;
}

/** Where the policy in force stands beside the one that was approved last. */
export type PolicyStanding =
  | { state: 'unseen' }
  | { state: 'doubtful'; why: string }
  | { state: 'known'; approved: PolicyRow; isSame: boolean; weaker: string[] };

export async function standingOfPolicy({ state, policy }: Project): Promise<PolicyStanding> {
  if (!(await wasSeen(state.read))) return { state: 'unseen' };
  const approved = await lastApproved(state.read);
  const why = await whyDoubtful(state.read, approved);
  if (why !== undefined || !approved) return { state: 'doubtful', why: why ?? 'it is gone' };
  const isSame = approved.digest === policy.digest;
  return { state: 'known', approved, isSame, weaker: isSame ? [] : weakenings(contentOf(approved), policy) };
}

/**
 * Holds the record of a policy against its own digest, the audit trail, and what was signed by those who could: a
 * changed database is not taken at its word.
 * @returns why it cannot be believed
 */
async function whyDoubtful(reader: Reader, row: PolicyRow | undefined): Promise<string | undefined> {
  if (!row) return 'the audit trail tells of an approved policy that is not on record';
  const told = await lastEntry(reader);
  if (told?.number !== row.number || told.digest !== row.digest) {
    return 'the audit trail tells of another policy than the record';
  }
  const before = await reader
    .selectFrom('policies')
    .selectAll()
    .where('number', '=', row.number - 1)
    .executeTakeFirst();
  return whyNotNext(before, row);
}

/** @returns why the policy cannot have followed the one before it */
export async function whyNotNext(before: PolicyRow | undefined, row: PolicyRow): Promise<string | undefined> {
  if (!isNamedBy(row.digest, contentOf(row), sha256)) return 'its content is not what its digest names';
  if (row.number === 1) return row.how === 'firstUse' ? undefined : 'there is none that it could follow';
  if (!before || !isNamedBy(before.digest, contentOf(before), sha256)) return 'the one before it was changed';
  const roles = rolesThatApprove(contentOf(before));
  if (row.level !== 'signed') {
    return roles.length === 0 ? undefined : `it is not signed by ${namesOf(roles)}`;
  }
  const { statement, signature, approver, role } = row;
  const facts = readPolicyStatement(statement ?? '');
  const isSaid =
    facts?.decision === 'approve' &&
    facts.number === row.number &&
    facts.from === before.digest &&
    facts.to === row.digest &&
    facts.at === row.at &&
    facts.at >= before.at;
  if (!isSaid) return 'what was signed is something else';
  try {
    const signer = await signerAmong(roles, {
      statement: statement ?? '',
      signature: signature ?? '',
      at: new Date(facts.at),
    });
    return signer.principal === approver && signer.role === role
      ? undefined
      : `it was signed by ${signer.principal}, not by ${approver}`;
  } catch (error) {
    if (!(error instanceof DevopsError)) throw error;
    return error.message;
  }
}

/** Finds the role whose signers the signature is of. @throws SIGNATURE_REFUSED with the reason of every role */
export async function signerAmong(
  roles: readonly SignerRole[],
  given: { statement: string; signature: string; at: Date },
): Promise<{ principal: string; role: string; keyFingerprint: string }> {
  const reasons: string[] = [];
  for (const { role, signers } of roles) {
    try {
      const namespace = policyNamespace;
      return { ...(await verifyWithSigners({ ...given, namespace, allowedSigners: signers })), role };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      reasons.push(`${role}: ${error.message}`);
    }
  }
  throw new DevopsError('SIGNATURE_REFUSED', reasons.join('; '), {
    remedy: `Sign with a key that the approved policy lists for ${namesOf(roles)}, touching it if it is a security key; keys that were listed later do not count.`,
  });
}

export function namesOf(roles: readonly SignerRole[]): string {
  return roles.map(({ role }) => role).join(' or ');
}

/** What the audit trail said last about the approved policy. */
async function lastEntry(
  reader: Reader,
  actions: readonly string[] = ['policy.firstUse', 'policy.approve'],
): Promise<{ number?: unknown; digest?: unknown } | undefined> {
  const entry = await reader
    .selectFrom('audit')
    .select('detail')
    .where('subject', '=', policySubject)
    .where('action', 'in', actions)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!entry) return undefined;
  try {
    return JSON.parse(entry.detail) as { number?: unknown; digest?: unknown };
  } catch {
    return {}; // it was changed; it tells of no policy
  }
}
