import { ensureArtifact } from '../deployments/artifacts.ts';
import type { LogSink } from '../deployments/targets/types.ts';
import { asDevopsError } from '../errors.ts';
import type { Project } from '../project.ts';
import { checksOf, missingChecks } from './assess.ts';
import { isAboutArtifact } from './evidence-store.ts';
import { type CheckRun, runCheck, storeNotRun } from './run-check.ts';
import { reachRelease } from './running-release.ts';
import type { GateSubject } from './subject.ts';

/** Two cores are what a small build machine has; more at once only makes every check slower. */
const checksAtOnce = 2;

export interface GateRun {
  gateId: string;
  subject: GateSubject;
  mode: 'missing' | 'all';
  log: LogSink;
  signal: AbortSignal;
  onProgress(message: string): Promise<void>;
}

/**
 * Runs the checks that a gate lacks and stores what they proved. Checks against an environment run one after the
 * other at the end: they measure a running release, and other work would show in the numbers.
 */
export async function runChecks(project: Project, run: GateRun): Promise<void> {
  const { subject, mode } = run;
  const listed = mode === 'all' ? checksOf(subject) : await missingChecks(project, subject);
  const definitions = project.config.checks;
  const wanted = listed.filter((name) => definitions[name]?.run !== undefined);
  const attested = listed.filter((name) => !wanted.includes(name) && isAboutArtifact(project, name));
  if (attested.length > 0) await buildForStatements(project, run);
  const alone = wanted.filter((name) => definitions[name]?.against === undefined);
  let done = 0;
  const runOne = async (check: string, extra: Partial<CheckRun>) => {
    await run.onProgress(`running ${check} (${done} of ${wanted.length} checks done)`);
    const evidence = await runCheck(project, { ...baseOf(run), check, ...extra });
    done += 1;
    run.log(`check ${check}: ${evidence.conclusive ? 'evidence stored' : evidence.problems.join('; ')}`);
  };
  const queue = [...alone];
  const worker = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) await runOne(check, {});
  };
  await Promise.all(Array.from({ length: checksAtOnce }, worker));
  const environments = new Set(wanted.flatMap((name) => definitions[name]?.against ?? []));
  for (const environment of environments) {
    const checks = wanted.filter((name) => definitions[name]?.against === environment);
    await run.onProgress(`reaching the release on ${environment} (${done} of ${wanted.length} checks done)`);
    await runAgainst(project, run, environment, checks, runOne);
  }
}

/** A statement about an artifact cannot be compared with one that is not there. */
async function buildForStatements(project: Project, run: GateRun): Promise<void> {
  const { subject, log, signal } = run;
  await run.onProgress('building the artifact that statements are about');
  try {
    subject.artifact = await ensureArtifact(project, subject.commit, log, signal);
  } catch (error) {
    log(asDevopsError(error).message);
  }
}

function baseOf({ gateId, subject, log, signal }: GateRun) {
  return { gateId, environment: subject.environment, commit: subject.commit, log, signal };
}

async function runAgainst(
  project: Project,
  run: GateRun,
  environment: string,
  checks: string[],
  runOne: (check: string, extra: Partial<CheckRun>) => Promise<void>,
): Promise<void> {
  const { subject, log, signal, gateId } = run;
  try {
    const artifact = await ensureArtifact(project, subject.commit, log, signal);
    subject.artifact = artifact;
    const release = await reachRelease(project, environment, {
      commit: subject.commit,
      artifact,
      gateId,
      log,
      signal,
    });
    try {
      for (const check of checks) await runOne(check, { artifact, targetUrl: release.url });
    } finally {
      await release.stop();
    }
  } catch (error) {
    const { message, remedy } = asDevopsError(error);
    log(`${environment}: ${message}`);
    for (const check of checks) {
      const bound = { ...baseOf(run), check, ...(subject.artifact && { artifact: subject.artifact }) };
      await storeNotRun(project, bound, `${message} ${remedy}`);
    }
  }
}
