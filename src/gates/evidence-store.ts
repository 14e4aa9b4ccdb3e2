import { record } from '../audit/trail.ts';
import type { Evidence } from '../evidence/types.ts';
import { redactAll } from '../operations/redaction/index.ts';
import { now, timestamp } from '../platform/clock.ts';
import { digestOf } from '../platform/digest.ts';
import type { Commit } from '../platform/git.ts';
import { newId } from '../platform/identifiers.ts';
import { userName } from '../platform/self.ts';
import type { EvidenceRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import type { StoredEvidence } from './judge.ts';
import { producersOf } from './statements/producers.ts';

/** Evidence that was proven here, found again only for exactly what it was proven for. */

const clockSkewMs = 60_000;

/** Names a check's definition: evidence made with another command, report or limit does not count. */
export function definitionDigest(project: Project, check: string): string {
  return digestOf({ check, definition: project.config.checks[check] ?? null });
}

/** Whether a check says something about the artifact of a commit, and not about its files alone. */
export function isAboutArtifact(project: Project, check: string): boolean {
  const definition = project.config.checks[check];
  return definition?.against !== undefined || definition?.statement?.kind === 'provenance';
}

export interface EvidenceBinding {
  check: string;
  commit: string;
  /** Digest of the tested artifact, for checks against a running release. */
  artifact?: string;
  /** The gate that asks: what its own run left counts for it even where it proves nothing. */
  gateId?: string;
}

/** The newest evidence that is bound to this commit, this definition (and this artifact) and has not expired. */
export async function findEvidence(
  project: Project,
  binding: EvidenceBinding,
): Promise<StoredEvidence | undefined> {
  const aboutArtifact = isAboutArtifact(project, binding.check);
  if (aboutArtifact && binding.artifact === undefined) return undefined;
  const producers = await producersOf(project, [binding.check]);
  let query = project.state.read
    .selectFrom('evidence')
    .selectAll()
    .where('check_name', '=', binding.check)
    .where('commit_sha', '=', binding.commit)
    .where('definition_digest', '=', definitionDigest(project, binding.check))
    // A clock that was set back would keep old evidence fresh: what comes from the future does not count either.
    .where('finished_at', '<=', timestamp(new Date(now().getTime() + clockSkewMs)))
    .where((is) => is.or([is('expires_at', '>', timestamp()), is('gate_id', '=', binding.gateId ?? '')]))
    .where((is) =>
      is.or([
        is('producer_digest', 'is', null),
        is(
          'producer_digest',
          'in',
          producers.map(({ digest }) => digest),
        ),
      ]),
    )
    .orderBy('finished_at', 'desc')
    .limit(1);
  if (aboutArtifact) query = query.where('artifact_digest', '=', binding.artifact ?? '');
  const row = await query.executeTakeFirst();
  return row && toStored(row);
}

/** What a check proved, with everything it is bound to. */
export interface NewEvidence {
  check: string;
  gateId: string;
  commit: Pick<Commit, 'sha' | 'tree'>;
  artifact?: { digest: string };
  evidence: Evidence;
  /** Digest of the raw report, where there is one. */
  digest?: string;
  /** What made the report, for people. */
  tool: string;
  startedAt: string;
}

/** Stores evidence. What proves nothing expires at once: it explains this gate, and the next one runs the check again. */
export async function storeEvidence(project: Project, made: NewEvidence): Promise<void> {
  const definition = project.config.checks[made.check];
  const validForMs = made.evidence.conclusive ? (definition?.validFor ?? 0) : 0;
  const id = newId('ev');
  const evidence = redactAll(made.evidence, project.redact);
  await project.state.change(async (writer) => {
    await writer
      .insertInto('evidence')
      .values({
        id,
        check_name: made.check,
        commit_sha: made.commit.sha,
        tree_sha: made.commit.tree,
        tool: made.tool,
        definition_digest: definitionDigest(project, made.check),
        artifact_digest: isAboutArtifact(project, made.check) ? (made.artifact?.digest ?? null) : null,
        evidence: JSON.stringify(evidence),
        report_digest: made.digest ?? null,
        gate_id: made.gateId,
        started_at: made.startedAt,
        finished_at: timestamp(),
        expires_at: timestamp(new Date(now().getTime() + validForMs)),
      })
      .execute();
    await record(writer, {
      caller: { kind: 'server', user: userName },
      action: 'evidence.store',
      subject: id,
      decision: made.evidence.conclusive ? 'conclusive' : 'inconclusive',
      detail: {
        check: made.check,
        commit: made.commit.sha,
        gateId: made.gateId,
        evidenceDigest: digestOf(evidence),
        reportDigest: made.digest ?? null,
      },
    });
  });
}

/** One piece of evidence by its id, whether it still counts or not. */
export async function evidenceById(project: Project, id: string): Promise<Evidence | undefined> {
  const row = await project.state.read
    .selectFrom('evidence')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toStored(row).evidence;
}

export function toStored(row: EvidenceRow): StoredEvidence {
  return {
    id: row.id,
    evidence: JSON.parse(row.evidence) as Evidence,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
    ...(row.producer !== null && {
      attestedBy: { producer: row.producer, principal: row.principal ?? 'unknown' },
    }),
  };
}
