import { versionOf } from '../deployments/releases.ts';
import { deploymentVariables } from '../deployments/targets/environment.ts';
import type { Artifact, LogSink } from '../deployments/targets/types.ts';
import type { Evidence } from '../evidence/types.ts';
import { checkOut } from '../platform/checkout.ts';
import { timestamp } from '../platform/clock.ts';
import { path } from '../platform/files.ts';
import type { Commit } from '../platform/git.ts';
import { minimalEnvironment, runCommand } from '../platform/processes.ts';
import { packageVersion } from '../platform/self.ts';
import { checkoutPlaces, type Project } from '../project.ts';
import type { CheckoutsAhead } from './checkouts-ahead.ts';
import { storeEvidence } from './evidence-store.ts';
import { prepare } from './prepare.ts';
import { clearReport, type ReadReport, readReport } from './reports.ts';

export interface CheckRun {
  check: string;
  gateId: string;
  environment: string;
  commit: Commit;
  artifact?: Artifact;
  /** Where the release under test answers, for checks against an environment. */
  targetUrl?: string;
  /** Where its checkout comes from; it makes one of its own where this is missing. */
  checkouts?: Pick<CheckoutsAhead, 'take'>;
  log: LogSink;
  signal: AbortSignal;
}

/**
 * Runs one configured check in a clean checkout of the commit and stores what it proved.
 * Never throws for what the check does: a check that cannot run is inconclusive evidence with the reason.
 */
export async function runCheck(project: Project, run: CheckRun): Promise<Evidence> {
  const startedAt = timestamp();
  const read = await produceReport(project, run).catch(
    (error: Error): ReadReport => ({ evidence: notRun(error.message) }),
  );
  await storeEvidence(project, { ...run, ...read, startedAt, tool: toolOf(project, run.check) });
  return read.evidence;
}

/** What made the report of a check that was run here. */
export function toolOf(project: Project, check: string): string {
  const command = project.config.checks[check]?.run ?? check;
  return `devops-engineer ${packageVersion} on Node.js ${process.version} ran: ${command}`;
}

/** Stores that a check could not even be started, so that the verdict can say why. */
export async function storeNotRun(project: Project, run: CheckRun, why: string): Promise<void> {
  await storeEvidence(project, { ...run, evidence: notRun(why), startedAt: timestamp(), tool: '' });
}

function notRun(why: string): Evidence {
  return { format: 'none', kind: 'tests', conclusive: false, problems: [`the check could not run: ${why}`] };
}

/**
 * Runs the check and reads what it left.
 * @throws Error in words where it could not be run to its end
 */
export async function produceReport(project: Project, run: CheckRun): Promise<ReadReport> {
  const definition = project.config.checks[run.check];
  if (!definition) throw new Error(`check "${run.check}" is not configured`);
  const { run: command } = definition;
  if (command === undefined) throw new Error(`check "${run.check}" has no command`);
  const repository = await project.repository();
  const checkout = await (run.checkouts?.take(run.check) ??
    checkOut(repository, { ...checkoutPlaces(project), sha: run.commit.sha, purpose: run.check }));
  try {
    const environment = {
      ...minimalEnvironment(project.serverEnvironment, definition.passEnvironment),
      ...definition.environment,
      CI: 'true',
      ...deploymentVariables({
        environment: definition.against ?? run.environment,
        commit: run.commit.sha,
        version: versionOf(run.commit.sha),
        artifact: run.artifact,
        targetUrl: run.targetUrl,
      }),
    };
    await prepare(project, {
      definition,
      checkout,
      files: () => repository.files(run.commit.sha),
      environment,
      log: run.log,
      signal: run.signal,
    });
    const source = {
      check: run.check,
      path: definition.report.path,
      workDir: checkout.projectDir,
      ...(definition.report.format !== undefined && { format: definition.report.format }),
    };
    await clearReport(source);
    run.log(`$ ${command}`);
    const outcome = await runCommand({
      command,
      workDir: checkout.projectDir,
      environment,
      timeoutMs: definition.timeout,
      signal: run.signal,
      endsStrays: true,
      ...(source.path === '-' ? {} : { onLine: run.log }), // a report on standard output is no log
    });
    return await readReport(source, outcome, {
      keepIn: path.join(project.stateDir, 'evidence'),
      redact: project.redact,
    });
  } finally {
    await checkout.remove();
  }
}
