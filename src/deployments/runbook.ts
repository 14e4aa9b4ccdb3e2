import type { RunbookConfig } from '../config/runbooks.ts';
import { DevopsError } from '../errors.ts';
import { checkOut } from '../platform/checkout.ts';
import { minimalEnvironment } from '../platform/processes.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import { checkoutPlaces, type Project } from '../project.ts';
import { stopIfCancelled } from './cancelled.ts';
import { DeploymentFailed, type Failure, failureOf } from './failure.ts';
import { aroundThePlan } from './plan.ts';
import { enter } from './records.ts';
import { type ParameterValue, parameterVariables } from './runbook-parameters.ts';
import { applyScaling, describeScaling, scalingOf, takeScalingBack } from './scaling.ts';
import { deploymentVariables } from './targets/environment.ts';
import { runTold } from './told-command.ts';
import type { Run } from './workflow.ts';

/** A configured change of infrastructure, as one run of the journal: planned, applied, verified, or taken back. */

/** What a run of a runbook was asked for; part of what people approve. */
export interface RunbookRequest {
  name: string;
  parameters: Record<string, ParameterValue>;
  /** One of ours, whatever devops.yaml calls its own. */
  builtIn?: true;
}

/** @throws Error for a row of another kind */
export function runbookRequestOf({ id, runbook }: Pick<DeploymentRow, 'id' | 'runbook'>): RunbookRequest {
  if (runbook === null) throw new Error(`${id} runs no runbook`);
  return JSON.parse(runbook) as RunbookRequest;
}

/** @throws INVALID_ARGUMENTS naming the runbooks there are */
export function runbookNamed(project: Project, name: string): RunbookConfig {
  const { runbooks } = project.config;
  const found = Object.hasOwn(runbooks, name) ? runbooks[name] : undefined;
  if (found) return found;
  const names = Object.keys(runbooks);
  throw new DevopsError('INVALID_ARGUMENTS', `there is no runbook "${name}"`, {
    remedy:
      names.length > 0
        ? `Name one of: ${names.join(', ')}.`
        : 'A person describes one under runbooks in devops.yaml.',
  });
}

/** What a run would do, in order, for people. */
export function describeRunbook(config: RunbookConfig, { name, parameters }: RunbookRequest): string[] {
  const values = Object.entries(parameterVariables(parameters)).map(([key, value]) => `${key}=${value}`);
  const given = values.length > 0 ? ` with ${values.join(' ')}` : '';
  return [
    ...(config.plan ? [`plan: run "${config.plan}", which changes nothing`] : []),
    `apply: runbook ${name} runs "${config.apply}"${given}`,
    ...(config.verify ? [`verify: run "${config.verify}"`] : []),
    config.undo
      ? `on failure: run "${config.undo}" to take it back`
      : 'on failure: call people; there is no undo',
  ];
}

/** What a request on record would do, in order. */
export function describeRunbookRow(project: Project, row: DeploymentRow): string[] {
  const scaling = scalingOf(row);
  const request = runbookRequestOf(row);
  const steps = scaling
    ? describeScaling(scaling)
    : describeRunbook(runbookNamed(project, request.name), request);
  return aroundThePlan(project, row.environment, steps);
}

/** The steps of the runbook itself; the run is admitted to its environment before. @throws DeploymentFailed */
export async function applyRunbook(run: Run): Promise<void> {
  const { project, row, journal } = run;
  const scaling = scalingOf(row);
  if (scaling) return applyScaling(run, scaling);
  const { name } = runbookRequestOf(row);
  const config = runbookNamed(project, name);
  const { plan, apply, verify } = config;
  if (plan) await journal.step('plan', () => runPart(run, config, 'plan', plan));
  await stopIfCancelled(run);
  const wasInterrupted = await journal.wasBegun('apply');
  await enter(project, row.id, 'running');
  await journal.step('apply', async () => {
    if (wasInterrupted && !config.repeatable) throw interrupted(name);
    await runPart(run, config, 'apply', apply);
  });
  if (config.undo !== undefined) await stopIfCancelled(run); // without a way back it is brought to its end
  await enter(project, row.id, 'verifying');
  if (verify) await journal.step('verify', () => runPart(run, config, 'verify', verify));
  await enter(project, row.id, 'deployed');
}

/** After a failure in or after `apply`. People are called by the aftermath where nothing was taken back. */
export async function undoRunbook(run: Run, failure: Failure): Promise<void> {
  const { project, row, journal, log } = run;
  const undo = undoOf(run);
  const isUnknown = failure.code === 'INTERRUPTED';
  if (undo === undefined || isUnknown) {
    await enter(project, row.id, isUnknown ? 'unknown' : 'failed', { failure });
    return;
  }
  await enter(project, row.id, 'rollingBack', { failure });
  log(`taking it back: ${failure.message}`);
  try {
    await journal.step('undo', undo);
    await enter(project, row.id, 'rolledBack');
  } catch (error) {
    const { message, remedy } = failureOf(error, 'undo');
    await enter(project, row.id, 'unknown', {
      failure: {
        code: 'ROLLBACK_FAILED',
        step: 'undo',
        message: `${message} (taking back after: ${failure.message})`,
        ...(remedy !== undefined && { remedy }),
      },
    });
  }
}

/** How the run is taken back; undefined where nobody said how. */
function undoOf(run: Run): (() => Promise<void>) | undefined {
  const scaling = scalingOf(run.row);
  if (scaling) return () => takeScalingBack(run, scaling);
  const config = runbookNamed(run.project, runbookRequestOf(run.row).name);
  const { undo } = config;
  return undo === undefined ? undefined : () => runPart(run, config, 'undo', undo);
}

function interrupted(name: string): DeploymentFailed {
  return new DeploymentFailed({
    code: 'INTERRUPTED',
    message: `the runner was killed while runbook ${name} was applied; whether it was, nobody knows`,
    remedy: `A person looks at what it changes. If apply may be run twice, set runbooks.${name}.repeatable to true.`,
  });
}

/** Runs one of the commands in a clean checkout of the commit. @throws DeploymentFailed RUNBOOK_FAILED */
async function runPart(run: Run, config: RunbookConfig, part: string, command: string): Promise<void> {
  const { project, row, log } = run;
  const { name, parameters } = runbookRequestOf(row);
  const checkout = await checkOut(await project.repository(), {
    ...checkoutPlaces(project),
    sha: row.commit_sha,
    purpose: 'runbook',
  });
  try {
    const told = await runTold(
      {
        command,
        workDir: checkout.projectDir,
        timeoutMs: config.timeout,
        environment: {
          ...minimalEnvironment(project.serverEnvironment, config.passEnvironment),
          ...parameterVariables(parameters),
          ...deploymentVariables({
            environment: row.environment,
            commit: row.commit_sha,
            version: row.version,
            deploymentId: row.id,
            release: row.number,
          }),
        },
      },
      log,
    );
    if ('stdout' in told) return;
    throw new DeploymentFailed({
      code: 'RUNBOOK_FAILED',
      message: `${part} of runbook ${name} failed ${told.failure}`,
      remedy: `Make "${command}" succeed; its output is in the log of the run.`,
    });
  } finally {
    await checkout.remove();
  }
}
