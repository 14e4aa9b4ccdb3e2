import { awaitApproval } from '../approvals/approvals.ts';
import { assertApprovalHolds } from '../approvals/holding.ts';
import { assess, subjectOf } from '../gates/assess.ts';
import { evaluateGateHere } from '../gates/gates.ts';
import type { GateResult } from '../gates/types.ts';
import { sleepUntil, timestamp } from '../platform/clock.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { updateTask } from '../tasks/commands.ts';
import { ensureArtifact } from './artifacts.ts';
import { stopIfCancelled } from './cancelled.ts';
import { openEffects, performStep, pruneReleases } from './effects.ts';
import { DeploymentFailed, type Failure } from './failure.ts';
import { askCalendar } from './frozen.ts';
import type { Journal } from './journal.ts';
import { type Admission, overriddenAmong } from './overrides.ts';
import { planDeployment } from './plan.ts';
import { takeEnvironment } from './queue.ts';
import { deploymentById, enter, note } from './records.ts';
import { applyRunbook } from './runbook.ts';
import { nameOf } from './strategies/types.ts';
import type { LogSink } from './targets/types.ts';

/** What a run of the workflow works with. */
export interface Run {
  project: Project;
  row: DeploymentRow;
  journal: Journal;
  log: LogSink;
  /** Aborted when the deployment is cancelled; effects on the target never see it, waiting does. */
  signal: AbortSignal;
}

/**
 * One deployment from request to proof. Every step is journalled: started over, the function runs through what is
 * done and goes on where it was interrupted. What it throws is handled by the runner, which knows the way back.
 */
export async function deployWorkflow(run: Run): Promise<void> {
  const { project, row, journal } = run;
  if (row.not_before !== null) await journal.step('wait', () => waitForTime(run, row.not_before as string));
  if (row.task_id !== null) await journal.step('beginTask', () => beginTask(run));
  await journal.step('artifact', () => buildArtifact(run));
  await passPolicy(run);

  const { steps } = await journal.step('plan', () =>
    planDeployment(project, row.environment, row.commit_sha),
  );
  await enterRunning(run);
  const effects = await openEffects(run);
  for (const step of steps) {
    await stopIfCancelled(run);
    await journal.step(nameOf(step), () => performStep(step, effects));
  }

  await journal.step('prune', () => pruneReleases(effects));
  await enter(project, row.id, 'deployed', { liveId: row.id });
}

/** A change of infrastructure: judged and approved like a release, then its own steps. */
export async function runbookWorkflow(run: Run): Promise<void> {
  const { row, journal } = run;
  if (row.task_id !== null) await journal.step('beginTask', () => beginTask(run));
  await passPolicy(run);
  await enterRunning(run);
  await applyRunbook(run);
}

/** What policy asks of a request of any kind: proof, people, and the last look before anything is touched. */
async function passPolicy(run: Run): Promise<void> {
  const { project, row, journal } = run;
  await journal.step('gate', () => passGate(run));
  if (environmentOf(project, row.environment).approvals) {
    await journal.step('approval', async () => awaitApproval(project, await deploymentById(project, row.id)));
  }
  await journal.step('admit', () => admit(run));
}

/** Everything is judged when the time has come, not when it was asked for. */
async function waitForTime({ log, signal }: Run, notBefore: string): Promise<void> {
  log(`waits until ${notBefore}`);
  await sleepUntil(new Date(notBefore), signal);
}

/** A board that cannot be written stops no deployment; the log says so, and the end tries again. */
async function beginTask({ project, row, log }: Run): Promise<void> {
  const caller = JSON.parse(row.caller) as Caller;
  await updateTask(project, caller, row.task_id as string, { status: 'in_progress' }).catch((error: Error) =>
    log(`task ${row.task_id}: ${error.message}`),
  );
}

async function buildArtifact({ project, row, log, signal }: Run): Promise<void> {
  const commit = await (await project.repository()).resolve(row.commit_sha);
  const artifact = await ensureArtifact(project, commit, log, signal);
  await note(project, row.id, { artifact_digest: artifact.digest });
}

async function passGate({ project, row, signal }: Run): Promise<void> {
  const subject = await subjectOf(project, row.environment, row.commit_sha);
  const gate = await evaluateGateHere(project, subject, { caller: JSON.parse(row.caller) as Caller, signal });
  await note(project, row.id, { gate_id: gate.gateId });
  if (gate.verdict !== 'pass') throw new DeploymentFailed(gateFailure(row.environment, gate));
}

/** The last look before anything is touched: what was proven and approved must still be so. */
async function admit(run: Run): Promise<Admission> {
  const { project, row } = run;
  const policy = environmentOf(project, row.environment);
  const { environment, commit_sha: commit, author } = row;
  const calendar = await askCalendar(project, { environment, commit, author });
  if (!calendar.open) throw new DeploymentFailed(calendar.failure);
  await takeEnvironment(run);
  const { requirements, verdict } = await assess(
    project,
    await subjectOf(project, row.environment, row.commit_sha),
  );
  if (verdict !== 'pass') throw new DeploymentFailed(gateFailure(row.environment, { verdict, requirements }));
  if (policy.approvals) await assertApprovalHolds(project, await deploymentById(project, row.id));
  const emergency = calendar.overridden ? [calendar.overridden] : [];
  return { overrides: [...overriddenAmong(requirements), ...emergency] };
}

export function gateFailure(
  environment: string,
  gate: Pick<GateResult, 'verdict' | 'requirements'>,
): Omit<Failure, 'step'> {
  const open = gate.requirements.filter(({ verdict }) => verdict !== 'pass');
  return {
    code: gate.verdict === 'fail' ? 'GATE_FAILED' : 'GATE_INCONCLUSIVE',
    message: `the ${environment} gate is ${gate.verdict}: ${open.map(({ name, observed }) => `${name} (${observed})`).join(', ')}`,
    remedy: [...new Set(open.flatMap(({ remedy }) => remedy ?? []))].join(' '),
    requirements: open,
  };
}

async function enterRunning({ project, row }: Run): Promise<void> {
  const { state, started_at } = await deploymentById(project, row.id);
  if (state === 'pending' || state === 'waitingForApproval') {
    await enter(project, row.id, 'running', { started_at: started_at ?? timestamp() });
  }
}
