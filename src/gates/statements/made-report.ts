import type { CheckConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { maxReportBytes } from '../../evidence/predicates/report.ts';
import type { Evidence } from '../../evidence/types.ts';
import { readBoundedFile } from '../../platform/bounded-file.ts';
import { now, timestamp } from '../../platform/clock.ts';
import { path } from '../../platform/files.ts';
import type { Commit } from '../../platform/git.ts';
import { packageVersion } from '../../platform/self.ts';
import type { Project } from '../../project.ts';
import { produceReport, toolOf } from '../run-check.ts';
import { askedFor } from './asked.ts';
import { readProof } from './attested-evidence.ts';

/** What there is to attest: a raw report, how its command ended, and what a gate will see in it. */
export interface MadeReport {
  report: Uint8Array;
  format: string;
  exitCode: number;
  startedAt?: string;
  finishedAt: string;
  tool: string;
  evidence: Evidence;
}

/**
 * Takes a report that was written in this checkout. That the checkout is the commit is made sure of as far as git
 * knows; a build system that lies to itself cannot be helped.
 * @throws INVALID_ARGUMENTS, FILE_FAILED
 */
export async function reportOfFile(
  project: Project,
  {
    check,
    definition,
    commit,
    reportFile,
    exitCode,
  }: {
    check: string;
    definition: CheckConfig;
    commit: Commit;
    reportFile?: string;
    exitCode?: number;
  },
): Promise<MadeReport> {
  await assertCheckedOut(project, commit);
  const isExitCode = definition.report.format === 'exitCode';
  if (isExitCode && exitCode === undefined) {
    throw wrong(
      `the exit code of "${check}" is its whole proof`,
      'Give the one that its command ended with: --exit-code N.',
    );
  }
  if (!isExitCode && reportFile === undefined)
    throw wrong('there is nothing to attest', 'Give --report FILE, or --run.');
  const { bytes, modifiedAt } =
    reportFile === undefined
      ? { bytes: new Uint8Array(), modifiedAt: now() }
      : await readBoundedFile(reportFile, maxReportBytes);
  if (modifiedAt.getTime() + clockSkewMs < Date.parse(commit.committedAt)) {
    throw wrong(
      `${reportFile} is older than the commit: it was written at ${timestamp(modifiedAt)}, before ${commit.committedAt}`,
      'Run the command again in a checkout of the commit, and attest what it writes.',
    );
  }
  return seenByGate(project, commit, check, {
    report: bytes,
    exitCode: exitCode ?? 0,
    finishedAt: timestamp(modifiedAt),
    tool: `devops-engineer ${packageVersion}, of a report that was given`,
  });
}

const clockSkewMs = 60_000;
const filesShown = 5;

/** @throws INVALID_ARGUMENTS */
async function assertCheckedOut(project: Project, { sha }: Commit): Promise<void> {
  const repository = await project.repository();
  const head = await repository.resolve('HEAD');
  if (head.sha !== sha) {
    throw wrong(
      `${head.sha.slice(0, 12)} is checked out here, and the report would be attested for ${sha.slice(0, 12)}`,
      'Check out the commit that the report is of, or leave --ref out.',
    );
  }
  const files = await repository.modified();
  if (files.length === 0) return;
  const more = files.length > filesShown ? ` and ${files.length - filesShown} more` : '';
  throw wrong(
    `the checkout is not the commit: ${files.slice(0, filesShown).join(', ')}${more} changed`,
    'Commit or undo the changes and run the command again; or let --run do it in a clean checkout.',
  );
}

/** Runs the check's own command in a clean checkout, just as a gate does. @throws CHECK_FAILED, GIT_FAILED */
export async function reportOfRun(
  project: Project,
  {
    check,
    commit,
    log,
    signal,
  }: { check: string; commit: Commit; log: (line: string) => void; signal: AbortSignal },
): Promise<MadeReport> {
  const startedAt = timestamp();
  const run = { check, gateId: 'attest', environment: 'ci', commit, log, signal };
  const { evidence, digest, exitCode } = await produceReport(project, run).catch((error: Error) => {
    throw new DevopsError('CHECK_FAILED', error.message, { remedy: 'Mend the check and attest again.' });
  });
  const made = { startedAt, finishedAt: timestamp(), tool: toolOf(project, check), exitCode: exitCode ?? -1 };
  if (exitCode === undefined || !evidence.conclusive) {
    return { ...made, report: new Uint8Array(), format: evidence.format, evidence };
  }
  const kept = path.join(project.stateDir, 'evidence', digest?.replace(/^sha256:/, '') ?? '');
  const { bytes } =
    digest === undefined ? { bytes: new Uint8Array() } : await readBoundedFile(kept, maxReportBytes);
  return seenByGate(project, commit, check, { ...made, report: bytes });
}

/** Reads the report exactly as the gate will. */
async function seenByGate(
  project: Project,
  commit: Commit,
  check: string,
  made: Omit<MadeReport, 'evidence' | 'format'>,
): Promise<MadeReport> {
  const asked = askedFor(project, { commit }, check);
  const { evidence } = await readProof(project, { proof: made }, asked);
  return { ...made, format: asked.format ?? evidence.format, evidence };
}

function wrong(message: string, remedy: string): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', message, { remedy });
}
