import { ensureArtifact } from '../deployments/artifacts.ts';
import type { LogSink } from '../deployments/targets/types.ts';
import { asDevopsError } from '../errors.ts';
import { type Checkouts, openCheckouts } from '../platform/checkout.ts';
import { checkoutPlaces, type Project } from '../project.ts';
import { checksOf, missingChecks } from './assess.ts';
import { checkoutsAhead } from './checkouts-ahead.ts';
import { isAboutArtifact } from './evidence-store.ts';
import { type CheckRun, runCheck, storeNotRun } from './run-check.ts';
import { type RunningRelease, reachRelease } from './running-release.ts';
import type { GateSubject } from './subject.ts';

/** Two cores are what a small build machine has; more at once only makes every check slower. */
const checksAtOnce = 2;

export interface GateRun {
  gateId: string;
  subject: GateSubject;
  mode: 'missing' | 'all';
  /** Where its checkouts are made, when that is being opened already. */
  opening?: Promise<Checkouts> | undefined;
  log: LogSink;
  signal: AbortSignal;
  onProgress(message: string): Promise<void>;
}

/** What goes wrong here is told to each check that takes a checkout, which says so in its evidence. */
export function openGateCheckouts(project: Project): Promise<Checkouts> {
  const opening = project
    .repository()
    .then((repository) => openCheckouts(repository, checkoutPlaces(project)));
  opening.catch(() => undefined);
  return opening;
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
  if (wanted.length === 0) return;

  const alone = wanted.filter((name) => definitions[name]?.against === undefined);
  const environments = [...new Set(wanted.flatMap((name) => definitions[name]?.against ?? []))];
  const against = environments.map((environment) => ({
    environment,
    checks: wanted.filter((name) => definitions[name]?.against === environment),
  }));
  const checkouts = checkoutsAhead(run.opening ?? openGateCheckouts(project), subject.commit.sha, [
    ...alone,
    ...against.flatMap(({ checks }) => checks),
  ]);
  let done = 0;
  const runOne: RunOne = async (check, extra = {}) => {
    await run.onProgress(`running ${check} (${done} of ${wanted.length} checks done)`);
    const evidence = await runCheck(project, { ...baseOf(run), check, checkouts, ...extra });
    done += 1;
    run.log(`check ${check}: ${evidence.conclusive ? 'evidence stored' : evidence.problems.join('; ')}`);
  };
  try {
    // What takes a while to start answers by the time when the other checks are done.
    const [first, ...others] = against;
    const firstRelease = first && reach(project, run, first.environment);
    await runAlone(alone, runOne).catch(async (error) => {
      const release = await firstRelease;
      if (release && 'stop' in release) await release.stop();
      throw error;
    });
    if (first && firstRelease) await runAgainst(project, run, first.checks, firstRelease, runOne);
    for (const { environment, checks } of others) {
      await run.onProgress(
        `reaching the release on ${environment} (${done} of ${wanted.length} checks done)`,
      );
      await runAgainst(project, run, checks, reach(project, run, environment), runOne);
    }
  } finally {
    await checkouts.close();
  }
}

type RunOne = (check: string, extra?: Partial<CheckRun>) => Promise<void>;

async function runAlone(checks: readonly string[], runOne: RunOne): Promise<void> {
  const queue = [...checks];
  const worker = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) await runOne(check);
  };
  await Promise.all(Array.from({ length: checksAtOnce }, worker));
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

/** The release under test, or why there is none. */
async function reach(
  project: Project,
  { subject, log, signal, gateId }: GateRun,
  environment: string,
): Promise<RunningRelease | { obstacle: string }> {
  try {
    const { commit } = subject;
    const artifact = await ensureArtifact(project, commit, log, signal);
    subject.artifact = artifact;
    return await reachRelease(project, environment, { commit, artifact, gateId, log, signal });
  } catch (error) {
    const { message, remedy } = asDevopsError(error);
    log(`${environment}: ${message}`);
    return { obstacle: `${message} ${remedy}` };
  }
}

async function runAgainst(
  project: Project,
  run: GateRun,
  checks: readonly string[],
  reaching: ReturnType<typeof reach>,
  runOne: RunOne,
): Promise<void> {
  const release = await reaching;
  const { artifact } = run.subject;
  if ('obstacle' in release) {
    for (const check of checks) {
      await storeNotRun(project, { ...baseOf(run), check, ...(artifact && { artifact }) }, release.obstacle);
    }
    return;
  }
  try {
    for (const check of checks)
      await runOne(check, { ...(artifact && { artifact }), targetUrl: release.url });
  } finally {
    await release.stop();
  }
}
