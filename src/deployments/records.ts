import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { redactAll } from '../operations/redaction/index.ts';
import { timestamp } from '../platform/clock.ts';
import type { Writer } from '../platform/database.ts';
import { path } from '../platform/files.ts';
import { isAlive, type ProcessIdentity, thisProcess } from '../platform/processes.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import type { Failure } from './failure.ts';
import { assertTransition, type DeploymentState, isFinal } from './states.ts';

/** Every change of a deployment's record goes through here: the state machine, the lock and the fence. */

export function logFileOf(project: Project, deploymentId: string): string {
  return path.join(project.stateDir, 'logs', `${deploymentId}.log`);
}

/** @throws UNKNOWN_DEPLOYMENT */
export async function deploymentById(project: Project, id: string): Promise<DeploymentRow> {
  const row = await project.state.read
    .selectFrom('deployments')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (row) return row;
  throw new DevopsError('UNKNOWN_DEPLOYMENT', `no deployment ${id} is on record`, {
    remedy:
      'Use an id that deploy or rollback returned; getDeployment with an environment finds the latest one.',
  });
}

/** Moves a deployment to another state and records it; a final state frees the environment. */
export async function enter(
  project: Project,
  id: string,
  state: DeploymentState,
  change: Partial<Pick<DeploymentRow, 'served_version' | 'started_at' | 'gate_id' | 'artifact_digest'>> & {
    failure?: Failure;
    /** The deployment whose release is live from now on; null for none. */
    liveId?: string | null;
  } = {},
): Promise<void> {
  const { liveId, failure: given, ...columns } = change;
  const failure = given && (redactAll(given, project.redact) as Failure);
  await project.state.change(async (writer) => {
    const row = await writer
      .selectFrom('deployments')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    assertTransition(row.state as DeploymentState, state);
    await writer
      .updateTable('deployments')
      .set({
        ...columns,
        state,
        ...(failure && { failure: JSON.stringify(failure) }),
        ...(isFinal(state) && { finished_at: row.finished_at ?? timestamp() }),
      })
      .where('id', '=', id)
      .execute();
    if (liveId !== undefined) {
      await writer
        .updateTable('environments')
        .set({ live_id: liveId })
        .where('name', '=', row.environment)
        .execute();
    }
    if (isFinal(state) || state === 'waitingForApproval') await letGo(writer, row);
    if (row.state === state) return;
    await record(writer, {
      caller: JSON.parse(row.caller) as Caller,
      action: `deployment.${state}`,
      subject: id,
      decision: failure?.code ?? 'done',
      detail: {
        environment: row.environment,
        commit: row.commit_sha,
        artifact: columns.artifact_digest ?? row.artifact_digest,
        gateId: columns.gate_id ?? row.gate_id,
        servedVersion: columns.served_version ?? row.served_version,
        ...(failure && { step: failure.step, message: failure.message }),
      },
    });
  });
}

/** Stores facts that come up on the way. */
export async function note(
  project: Project,
  id: string,
  columns: Partial<Pick<DeploymentRow, 'artifact_digest' | 'gate_id' | 'served_version'>>,
): Promise<void> {
  await project.state.read.updateTable('deployments').set(columns).where('id', '=', id).execute();
}

/**
 * Takes the environment for a deployment and gives it the next fencing number.
 * @throws ENVIRONMENT_BUSY naming who holds it
 */
export async function hold(writer: Writer, id: string, environment: string): Promise<number> {
  await writer
    .insertInto('environments')
    .values({ name: environment, fence: 0, holder_id: null, live_id: null })
    .onConflict((same) => same.doNothing())
    .execute();
  const row = await writer
    .selectFrom('environments')
    .leftJoin('deployments', 'deployments.id', 'environments.holder_id')
    .select([
      'environments.fence',
      'environments.holder_id',
      'deployments.state',
      'deployments.version',
      'deployments.kind',
    ])
    .where('environments.name', '=', environment)
    .executeTakeFirstOrThrow();
  if (row.holder_id === id) return row.fence;
  if (row.holder_id !== null) {
    throw new DevopsError(
      'ENVIRONMENT_BUSY',
      `${environment} is held by ${row.kind} ${row.holder_id} of ${row.version}, which is ${row.state}`,
      {
        remedy: `Wait until getDeployment says that ${row.holder_id} has ended, or cancel it; then call again.`,
      },
    );
  }
  const number = row.fence + 1;
  await writer
    .updateTable('environments')
    .set({ fence: number, holder_id: id })
    .where('name', '=', environment)
    .execute();
  return number;
}

/** Frees the environment, if it is still this one's. */
export async function letGo(
  writer: Writer,
  { id, environment }: Pick<DeploymentRow, 'id' | 'environment'>,
): Promise<void> {
  await writer
    .updateTable('environments')
    .set({ holder_id: null })
    .where('name', '=', environment)
    .where('holder_id', '=', id)
    .execute();
}

/** Makes this process the runner of a deployment, unless another one is alive. */
export async function claimDeployment(project: Project, id: string): Promise<boolean> {
  return project.state.change(async (writer) => {
    const row = await writer
      .selectFrom('deployments')
      .select(['runner', 'state'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row || (row.runner !== null && runnerIsAlive(row))) return false;
    await writer
      .updateTable('deployments')
      .set({ runner: JSON.stringify(thisProcess()) })
      .where('id', '=', id)
      .execute();
    return true;
  });
}

/** The runner has nothing more to do: it is done, or waits for a person. */
export async function leaveDeployment(project: Project, id: string): Promise<void> {
  await project.state.read.updateTable('deployments').set({ runner: null }).where('id', '=', id).execute();
}

export function runnerIsAlive({ runner }: Pick<DeploymentRow, 'runner'>): boolean {
  return runner !== null && isAlive(JSON.parse(runner) as ProcessIdentity);
}
