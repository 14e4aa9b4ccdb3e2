import { record } from '../../audit/trail.ts';
import type { CheckConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { encodeBase64 } from '../../evidence/base64.ts';
import { statementMediaType, statementType } from '../../evidence/in-toto.ts';
import { type ReportPredicate, reportPredicateType } from '../../evidence/predicates/report.ts';
import type { Evidence } from '../../evidence/types.ts';
import { replaceFile } from '../../platform/files.ts';
import type { Commit } from '../../platform/git.ts';
import type { Caller, Project } from '../../project.ts';
import { isAboutArtifact } from '../evidence-store.ts';
import { askedFor } from './asked.ts';
import { type MadeReport, reportOfFile, reportOfRun } from './made-report.ts';
import { appendStatement, statementNotes } from './note.ts';
import { signEnvelope } from './sign.ts';

/** Making statements, in CI. Nothing here is trusted by a gate: it believes the signature, and reads the report itself. */
export interface AttestRequest {
  check: string;
  ref: string;
  keyFile: string;
  /** A report that a command wrote in this checkout, and how that ended; or the check's own command, run now. */
  source: { reportFile?: string; exitCode?: number } | 'run';
  /** `sha256:…` of the artifact that was tested, for checks that are about it. */
  artifact?: string;
  /** Where the envelope goes instead of into the note of the commit. */
  outFile?: string;
  caller: Caller;
  log: (line: string) => void;
  signal: AbortSignal;
}

export interface Attestation {
  check: string;
  commit: string;
  /** What a gate will see in the report. */
  evidence: Evidence;
  finishedAt: string;
  exitCode: number;
  /** The file, or the ref of the notes. */
  writtenTo: string;
  /** What could not be made sure of. */
  notices: string[];
}

/**
 * Signs what a check of a commit came to, and writes the envelope.
 * @throws INVALID_ARGUMENTS for a check that takes no such statement and for a checkout that is not the commit,
 * UNKNOWN_COMMIT, CHECK_FAILED for a report that would prove nothing, SIGNATURE_REFUSED, FILE_FAILED, GIT_FAILED
 */
export async function attest(project: Project, request: AttestRequest): Promise<Attestation> {
  const { check, source } = request;
  const definition = attestable(project, request);
  const repository = await project.repository();
  const commit = await repository.resolve(request.ref);
  const made =
    source === 'run'
      ? await reportOfRun(project, { ...request, commit })
      : await reportOfFile(project, { check, definition, commit, ...source });
  if (!made.evidence.conclusive) {
    throw new DevopsError('CHECK_FAILED', `the report proves nothing: ${made.evidence.problems.join('; ')}`, {
      remedy: 'Mend what is named here and attest again; no gate would count a statement about this report.',
    });
  }
  const { envelope, notices } = await signEnvelope(project, {
    payload: payloadOf(project, { check, commit, made, artifact: request.artifact }),
    payloadType: statementMediaType,
    keyFile: request.keyFile,
    check,
  });
  if (request.outFile === undefined) await appendStatement(project, commit.sha, envelope);
  else await replaceFile(request.outFile, `${envelope}\n`);
  await project.state.change((writer) =>
    record(writer, {
      caller: request.caller,
      action: 'evidence.attest',
      subject: commit.sha,
      decision: 'signed',
      detail: { check, exitCode: made.exitCode, finishedAt: made.finishedAt },
    }),
  );
  return {
    check,
    commit: commit.sha,
    evidence: made.evidence,
    finishedAt: made.finishedAt,
    exitCode: made.exitCode,
    writtenTo: request.outFile ?? `refs/notes/${statementNotes}`,
    notices,
  };
}

/** The definition of a check that a report can be attested for. @throws INVALID_ARGUMENTS */
function attestable(project: Project, { check, artifact, source }: AttestRequest): CheckConfig {
  const { checks } = project.config;
  const definition = Object.hasOwn(checks, check) ? checks[check] : undefined;
  if (!definition) {
    throw wrong(
      `there is no check "${check}"`,
      `devops.yaml has the checks ${Object.keys(checks).join(', ') || 'none'}.`,
    );
  }
  if (definition.attestedBy === undefined) {
    throw wrong(
      `check "${check}" takes no statements`,
      `A person adds "attestedBy: [NAME]" to it, with NAME under producers.`,
    );
  }
  if (definition.statement !== undefined) {
    throw wrong(
      `check "${check}" takes statements of the kind ${definition.statement.kind}, which are made elsewhere`,
      `Sign one with cosign or the like, and add its envelope to refs/notes/${statementNotes}.`,
    );
  }
  if (source === 'run' && definition.run === undefined) {
    throw wrong(`check "${check}" has no command to run`, 'Give the report of its run with --report.');
  }
  if (source === 'run' && definition.against !== undefined) {
    throw wrong(
      `check "${check}" tests a running release of ${definition.against}, and here is none`,
      'Test the artifact where it runs, and give the report with --report and --artifact.',
    );
  }
  if (isAboutArtifact(project, check) && artifact === undefined) {
    throw wrong(
      `check "${check}" is about the artifact of the commit`,
      'Name the artifact that was tested with --artifact sha256:DIGEST.',
    );
  }
  if (artifact !== undefined && !/^sha256:[0-9a-f]{64}$/.test(artifact)) {
    throw wrong(`"${artifact}" is no digest of an artifact`, 'Write it as sha256: and 64 hex digits.');
  }
  return definition;
}

function payloadOf(
  project: Project,
  {
    check,
    commit,
    made,
    artifact,
  }: { check: string; commit: Commit; made: MadeReport; artifact: string | undefined },
): Uint8Array {
  const { definitionDigest } = askedFor(project, { commit }, check);
  const predicate: ReportPredicate = {
    project: project.config.project,
    check,
    definitionDigest,
    commit: commit.sha,
    tree: commit.tree,
    format: made.format,
    ...(made.startedAt !== undefined && { startedAt: made.startedAt }),
    finishedAt: made.finishedAt,
    exitCode: made.exitCode,
    report: encodeBase64(made.report),
    tool: made.tool,
  };
  const subject = [
    { name: `git commit of ${project.config.project}`, digest: { gitCommit: commit.sha } },
    ...(artifact === undefined
      ? []
      : [{ name: 'artifact', digest: { sha256: artifact.slice('sha256:'.length) } }]),
  ];
  const statement = { _type: statementType, subject, predicateType: reportPredicateType, predicate };
  return new TextEncoder().encode(JSON.stringify(statement));
}

function wrong(message: string, remedy: string): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', message, { remedy });
}
