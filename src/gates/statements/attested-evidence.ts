import { record } from '../../audit/trail.ts';
import type { Asked, Testimony } from '../../evidence/predicates/types.ts';
import { redactAll } from '../../operations/redaction/index.ts';
import { timestamp } from '../../platform/clock.ts';
import { digestOf } from '../../platform/digest.ts';
import { path } from '../../platform/files.ts';
import { newId } from '../../platform/identifiers.ts';
import { userName } from '../../platform/self.ts';
import type { Project } from '../../project.ts';
import { type ReadReport, readReport } from '../reports.ts';
import type { Validity } from './freshness.ts';
import type { Attestor } from './producers.ts';

/** Evidence out of statements, kept beside what we proved ourselves. */

/** What a statement is evidence of, and on whose word. */
export interface AttestedBinding {
  asked: Asked;
  attestor: Attestor;
  /** `sha256:…` of the payload: the same statement in another envelope is the same statement. */
  statementDigest: string;
}

/** Whether it was stored before, out of the same statement, of the same producer with the same keys. */
export async function isStored(
  project: Project,
  { asked, attestor, statementDigest }: AttestedBinding,
): Promise<boolean> {
  const row = await project.state.read
    .selectFrom('evidence')
    .select('id')
    .where('statement_digest', '=', statementDigest)
    .where('check_name', '=', asked.check)
    .where('definition_digest', '=', asked.definitionDigest)
    .where('producer_digest', '=', attestor.producerDigest)
    .where('artifact_digest', asked.artifact === undefined ? 'is' : '=', artifactDigest(asked))
    .executeTakeFirst();
  return row !== undefined;
}

function artifactDigest({ artifact }: Asked): string | null {
  return artifact === undefined ? null : `sha256:${artifact}`;
}

/** Reads what the statement carries: a raw report as one of our own, held against its exit code. */
export async function readProof(
  project: Project,
  { proof }: Testimony,
  { check, format }: Asked,
): Promise<ReadReport> {
  if ('evidence' in proof) return proof;
  return readReport(
    { check, path: '-', workDir: project.stateDir, format: format ?? proof.format },
    { exitCode: proof.exitCode, stdout: proof.report, stderr: '', durationMs: 0 },
    { keepIn: path.join(project.stateDir, 'evidence'), redact: project.redact },
  );
}

/** Stores it with a record of where it came from. Another process may have been faster: then that one's stands. */
export async function storeAttested(
  project: Project,
  {
    asked,
    attestor,
    statementDigest,
    validity,
    read,
    tool,
  }: AttestedBinding & { validity: Validity; read: ReadReport; tool: string | undefined },
): Promise<void> {
  const id = newId('ev');
  const evidence = redactAll(read.evidence, project.redact);
  await project.state.change(async (writer) => {
    const { numInsertedOrUpdatedRows: stored } = await writer
      .insertInto('evidence')
      .values({
        id,
        check_name: asked.check,
        commit_sha: asked.commit,
        tree_sha: asked.tree,
        tool: tool ?? `a statement of ${attestor.producer}`,
        definition_digest: asked.definitionDigest,
        artifact_digest: artifactDigest(asked),
        evidence: JSON.stringify(evidence),
        report_digest: read.digest ?? null,
        gate_id: 'attested', // no gate's own run: it counts for none beyond its time
        started_at: timestamp(validity.startedAt),
        finished_at: timestamp(validity.finishedAt),
        expires_at: timestamp(validity.expiresAt),
        producer: attestor.producer,
        principal: attestor.principal,
        producer_digest: attestor.producerDigest,
        statement_digest: statementDigest,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!stored) return;
    await record(writer, {
      caller: { kind: 'server', user: userName },
      action: 'evidence.admit',
      subject: id,
      decision: 'accepted',
      detail: {
        check: asked.check,
        commit: asked.commit,
        producer: attestor.producer,
        principal: attestor.principal,
        statementDigest,
        evidenceDigest: digestOf(evidence),
        reportDigest: read.digest ?? null,
      },
    });
  });
}
