import type { Reader } from '../../platform/database.ts';
import { digestOf } from '../../platform/digest.ts';
import type { Project } from '../../project.ts';
import { type Erasure, erasuresOnRecord } from './erasures.ts';

/**
 * The rows that decisions rest on, held against the entries that were written with them in one transaction: states of
 * deployments, verdicts of gates, what was read out of reports, requests for approval and their answers.
 */

interface Told {
  action: string;
  subject: string;
  decision: string;
  /** JSON; most of it is never asked for. */
  detail: string;
}

/** The last entry of each kind about each subject. */
type Trail = ReadonlyMap<string, Told>;

/** @returns what is not as the trail tells, a sentence each */
export async function verifyRecords(project: Project): Promise<string[]> {
  const problems: string[] = [];
  // Of one moment: a change that comes between would look like one that nobody recorded.
  await project.state.snapshot(async (reader) => {
    const trail = await readTold(reader);
    problems.push(
      ...(await deploymentProblems(reader, trail)),
      ...(await gateProblems(reader, trail)),
      ...(await evidenceProblems(reader, trail, await erasuresOnRecord(reader))),
      ...(await approvalProblems(reader, trail)),
    );
  });
  return problems;
}

const pageSize = 1_000;

async function readTold(reader: Reader): Promise<Trail> {
  const trail = new Map<string, Told>();
  for (let after = 0; ; ) {
    const rows = await reader
      .selectFrom('audit')
      .select(['position', 'action', 'subject', 'decision', 'detail'])
      .where('position', '>', after)
      .where((is) =>
        is.or([
          is('action', 'like', '%.request'),
          is('action', 'like', 'deployment.%'),
          is('action', 'like', 'approval.%'),
          is('action', 'in', ['gate.evaluate', 'evidence.store', 'evidence.admit']),
        ]),
      )
      .orderBy('position')
      .limit(pageSize)
      .execute();
    for (const { position, ...told } of rows) {
      trail.set(keyOf(told), told);
      after = position;
    }
    if (rows.length < pageSize) return trail;
  }
}

function keyOf(told: Told): string {
  const { action, subject } = told;
  if (/^(deploy|rollback|runbook)\.request$/.test(action)) return `asked ${subject}`;
  if (/^deployment\.(?!cancel$|record$)/.test(action)) return `state ${subject}`;
  if (/^approval\.(approve|reject)$/.test(action))
    return `answer ${subject} ${String(detailOf(told)?.approver)}`;
  return `${action.startsWith('evidence.') ? 'evidence' : action} ${subject}`;
}

function detailOf(told: Told | undefined): Record<string, unknown> | undefined {
  return told && (JSON.parse(told.detail) as Record<string, unknown>);
}

/** Subjects of a kind that the trail tells of and that have no row. */
function gone(trail: Trail, kind: string, known: ReadonlySet<string>): string[] {
  return [...trail.keys()].filter((key) => key.startsWith(kind) && !known.has(key));
}

async function deploymentProblems(reader: Reader, trail: Trail): Promise<string[]> {
  const rows = await reader
    .selectFrom('deployments')
    .select(['id', 'state', 'commit_sha', 'environment', 'policy_digest'])
    .execute();
  const problems = rows.flatMap(({ id, state, commit_sha, environment, policy_digest }) => {
    const asked = detailOf(trail.get(`asked ${id}`));
    const entered = trail.get(`state ${id}`)?.action.replace('deployment.', '') ?? 'pending';
    const isAsAsked =
      asked?.commit === commit_sha &&
      asked.environment === environment &&
      asked.policyDigest === policy_digest;
    return [
      ...(isAsAsked ? [] : [`deployment ${id}: the trail tells of another request, or of none`]),
      ...(entered === state ? [] : [`deployment ${id} is ${state}, and the trail says ${entered}`]),
    ];
  });
  const known = new Set(rows.map(({ id }) => `asked ${id}`));
  return [...problems, ...gone(trail, 'asked ', known).map((key) => `deployment ${key.slice(6)} is missing`)];
}

async function gateProblems(reader: Reader, trail: Trail): Promise<string[]> {
  const rows = await reader
    .selectFrom('gates')
    .select(['id', 'verdict', 'requirements', 'commit_sha'])
    .execute();
  return rows.flatMap(({ id, verdict, requirements, commit_sha }) => {
    const told = trail.get(`gate.evaluate ${id}`);
    if (!told && verdict === 'running') return [];
    const detail = detailOf(told);
    const agrees =
      told?.decision === verdict &&
      detail?.commit === commit_sha &&
      verdictsOf(detail.requirements) === verdictsOf(JSON.parse(requirements));
    return agrees ? [] : [`gate ${id}: the trail tells of another verdict, or of none`];
  });
}

function verdictsOf(requirements: unknown): string {
  const all = (Array.isArray(requirements) ? requirements : []) as Record<string, unknown>[];
  return JSON.stringify(all.map(({ name, verdict, evidenceId }) => [name, verdict, evidenceId ?? null]));
}

async function evidenceProblems(
  reader: Reader,
  trail: Trail,
  erasures: ReadonlyMap<string, Erasure>,
): Promise<string[]> {
  const rows = await reader
    .selectFrom('evidence')
    .select(['id', 'evidence', 'report_digest', 'commit_sha'])
    .execute();
  return rows.flatMap(({ id, evidence, report_digest, commit_sha }) => {
    const told = detailOf(trail.get(`evidence ${id}`));
    const digest = erasures.get(`evidence/${id}.json`)?.after ?? told?.evidenceDigest;
    const agrees =
      told !== undefined &&
      digest === digestOf(JSON.parse(evidence)) &&
      told.reportDigest === report_digest &&
      told.commit === commit_sha;
    return agrees ? [] : [`evidence ${id}: the trail tells of other evidence, or of none`];
  });
}

async function approvalProblems(reader: Reader, trail: Trail): Promise<string[]> {
  const requests = await reader.selectFrom('approvals').selectAll().execute();
  const answers = await reader.selectFrom('approval_answers').selectAll().execute();
  const problems = requests.flatMap((row) => {
    const asked = detailOf(trail.get(`approval.request ${row.id}`));
    const closed = trail.get(`approval.close ${row.id}`)?.decision ?? 'pending';
    const isAsAsked =
      asked?.deploymentId === row.deployment_id &&
      asked.environment === row.environment &&
      asked.required === row.required &&
      JSON.stringify(asked.roles) === row.roles &&
      asked.level === row.level &&
      asked.expiresAt === row.expires_at &&
      asked.statement === digestOf(row.statement);
    return [
      ...(isAsAsked ? [] : [`approval ${row.id}: the trail tells of another request, or of none`]),
      ...(closed === row.status ? [] : [`approval ${row.id} is ${row.status}, and the trail says ${closed}`]),
    ];
  });
  for (const { approval_id, approver, decision, level, role } of answers) {
    const told = trail.get(`answer ${approval_id} ${approver}`);
    const agrees =
      told?.action === `approval.${decision}` && told.decision === level && detailOf(told)?.role === role;
    if (!agrees)
      problems.push(`approval ${approval_id}: the trail does not tell of the answer of ${approver}`);
  }
  const known = new Set([
    ...requests.map(({ id }) => `approval.request ${id}`),
    ...answers.map(({ approval_id, approver }) => `answer ${approval_id} ${approver}`),
  ]);
  problems.push(
    ...gone(trail, 'approval.request ', known).map((key) => `approval ${key.slice(17)} is missing`),
    ...gone(trail, 'answer ', known).map((key) => {
      const [, id, ...approver] = key.split(' ');
      return `approval ${id}: the answer of ${approver.join(' ')} is missing`;
    }),
  );
  return problems;
}
