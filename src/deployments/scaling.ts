import { capabilitiesOf, scalableKinds } from '../config/capabilities.ts';
import { DevopsError } from '../errors.ts';
import { waitUntilHealthy } from '../operations/probes.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import { environmentOf, type Project } from '../project.ts';
import { stopIfCancelled } from './cancelled.ts';
import { DeploymentFailed } from './failure.ts';
import { deploymentById, enter } from './records.ts';
import { liveRelease } from './releases.ts';
import type { Target, TargetCall } from './targets/types.ts';
import type { Run } from './workflow.ts';

/**
 * Another number of instances of a service: a runbook of our own, so that what policy asks of runbooks it asks of this,
 * with the target's way to scale in the place of commands.
 */

export const scalingName = 'scaleService';

export interface Scaling {
  service: string;
  replicas: number;
}

/** What a row of kind `runbook` scales; undefined for one that `devops.yaml` describes. */
export function scalingOf({ runbook }: Pick<DeploymentRow, 'runbook'>): Scaling | undefined {
  if (runbook === null) return undefined;
  const { name, builtIn, parameters } = JSON.parse(runbook);
  return builtIn === true && name === scalingName ? parameters : undefined;
}

/** @throws NOT_SCALABLE naming what can be */
export function assertScalable(project: Project, environment: string, { service, replicas }: Scaling): void {
  const { target } = environmentOf(project, environment);
  const refused = (message: string, remedy: string) => new DevopsError('NOT_SCALABLE', message, { remedy });
  if (!capabilitiesOf[target.kind].scale || !('scalable' in target)) {
    const others = Object.entries(project.config.environments)
      .filter(([, { target: other }]) => capabilitiesOf[other.kind].scale)
      .map(([name]) => name);
    throw refused(
      `the ${target.kind} target of ${environment} cannot change how many instances run; ${scalableKinds.join(' and ')} targets can`,
      others.length > 0
        ? `Scale one of these environments: ${others.join(', ')}. Elsewhere a person gives it more room.`
        : 'A person gives it more room, or moves it to a target that can.',
    );
  }
  const most = Object.hasOwn(target.scalable, service) ? target.scalable[service] : undefined;
  if (most === undefined) {
    const names = Object.keys(target.scalable);
    throw refused(
      `"${service}" is no service of ${environment} that may be scaled`,
      names.length > 0
        ? `Name one of: ${names.join(', ')}.`
        : `A person allows it in devops.yaml: target.scalable of ${environment}, such as { ${service}: ${replicas} }.`,
    );
  }
  if (replicas <= most) return;
  throw refused(
    `${environment} allows ${most} instances of ${service} at most, not ${replicas}`,
    `Ask for ${most} or fewer, or a person raises target.scalable of ${environment} in devops.yaml.`,
  );
}

/** What it would do, in order, for people. */
export function describeScaling({ service, replicas }: Scaling): string[] {
  return [
    'plan: ask how many instances there are',
    `apply: ${scalingName} brings ${service} to ${replicas} instances, and keeps it so for later releases`,
    'verify: prove that the environment is healthy and serves what it served',
    'on failure: go back to the number before',
  ];
}

/** The steps of its own; the run is admitted to its environment before. @throws DeploymentFailed, TARGET_FAILED */
export async function applyScaling(run: Run, scaling: Scaling): Promise<void> {
  const { project, row, journal, log } = run;
  assertScalable(project, row.environment, scaling); // as devops.yaml has it now
  const target = scalingTarget(project, row.environment);
  const before = await journal.step('plan', () => target.replicas(scaling.service));
  log(`${scaling.service} has ${before} instances and gets ${scaling.replicas}`);
  await stopIfCancelled(run);
  await enter(project, row.id, 'running');
  const call = await callOf(run);
  await journal.step('apply', () => target.scale(scaling.service, scaling.replicas, call));
  await stopIfCancelled(run);
  await enter(project, row.id, 'verifying');
  await journal.step('verify', () => proveHealthy(run, target));
  await enter(project, row.id, 'deployed');
}

/** Back to the number that there was. @throws TARGET_FAILED */
export async function takeScalingBack(run: Run, { service }: Scaling): Promise<void> {
  const target = scalingTarget(run.project, run.row.environment);
  const before = await run.journal.step('plan', () => target.replicas(service)); // what it was, by the journal
  await target.scale(service, before, await callOf(run));
}

async function proveHealthy({ project, row, signal }: Run, target: Target): Promise<void> {
  const release = await liveRelease(project, row.environment);
  if (!release) return; // taken out of service meanwhile
  const { health } = environmentOf(project, row.environment);
  const servedVersion = async () => (await target.live())?.version;
  const seen = await waitUntilHealthy({ baseUrl: target.url, health, release, servedVersion, signal });
  if (!('problem' in seen)) return;
  throw new DeploymentFailed({
    code: 'HEALTH_FAILED',
    message: `after it was scaled ${row.environment} is ${seen.problem}`,
  });
}

type ScalingTarget = Target & Required<Pick<Target, 'scale' | 'replicas'>>;

function scalingTarget(project: Project, environment: string): ScalingTarget {
  const target = project.target(environment);
  if (target.scale && target.replicas) return target as ScalingTarget;
  throw new Error(`${target.kind} cannot scale`);
}

async function callOf({ project, row, log }: Run): Promise<TargetCall> {
  const { number } = await deploymentById(project, row.id);
  return { fence: { deploymentId: row.id, number }, log, signal: new AbortController().signal };
}
