import { isAnswered } from '../approvals/approvals.ts';
import { abortWhen } from '../platform/clock.ts';
import { logTo } from '../platform/log-file.ts';
import type { Project } from '../project.ts';
import { runAftermath } from './aftermath.ts';
import { openEffects } from './effects.ts';
import { type Failure, failureOf, Suspended } from './failure.ts';
import { Journal } from './journal.ts';
import { claimDeployment, deploymentById, enter, leaveDeployment, logFileOf } from './records.ts';
import { bringBack, giveUp, rollbackWorkflow } from './rollback.ts';
import { undoRunbook } from './runbook.ts';
import { type DeploymentState, isFinal } from './states.ts';
import { givesTraffic } from './strategies/types.ts';
import { deployWorkflow, type Run, runbookWorkflow } from './workflow.ts';

/**
 * The detached runner of one deployment: claims it, takes it from wherever it stands to an end (or to a question
 * for people), and does what follows from the end. Does nothing while another runner is alive.
 */
export async function runDeployment(project: Project, id: string): Promise<void> {
  if (!(await claimDeployment(project, id))) return;
  const log = logTo(logFileOf(project, id), project.redact);
  const journal = new Journal(project.state, id, log);
  const ended = new AbortController();
  const cancelled = new AbortController();
  const isCancelled = async () => (await deploymentById(project, id)).cancel_reason !== null;
  const watching = abortWhen(isCancelled, cancelled, { ended: ended.signal });
  try {
    const run = async (): Promise<Run> => {
      const row = await deploymentById(project, id);
      return { project, row, journal, log, signal: cancelled.signal };
    };
    const state = async () => (await deploymentById(project, id)).state as DeploymentState;
    do {
      if (!isFinal(await state())) await advance(await run());
      // An answer that came while we were still asking found us alive and woke nobody.
    } while ((await state()) === 'waitingForApproval' && (await isAnswered(project, id)));
    if (isFinal(await state())) await runAftermath(await run());
    await leaveDeployment(project, id);
  } finally {
    ended.abort();
    await watching;
  }
}

const workflows = { deploy: deployWorkflow, rollback: rollbackWorkflow, runbook: runbookWorkflow };

async function advance(run: Run): Promise<void> {
  const { project, row, journal, signal, log } = run;
  if (row.state === 'rollingBack') {
    const failure = JSON.parse(row.failure ?? '{}') as Failure;
    return row.kind === 'runbook' ? undoRunbook(run, failure) : bringBack(run, failure);
  }
  try {
    await workflows[row.kind](run);
  } catch (error) {
    const cancelReason = (await deploymentById(project, row.id)).cancel_reason;
    if (error instanceof Suspended && cancelReason === null) return log('waiting for approval');
    const failure: Failure =
      cancelReason !== null && (signal.aborted || error instanceof Suspended)
        ? { code: 'CANCELLED', step: journal.current, message: `cancelled: ${cancelReason}` }
        : failureOf(error, journal.current);
    log(`failed in ${failure.step}: ${failure.message}`);
    if (row.kind === 'runbook') {
      if (await journal.wasBegun('apply')) return undoRunbook(run, failure);
    } else if (row.kind === 'rollback') {
      if (await journal.wasBegun('restore')) return giveUp(await openEffects(run), failure);
    } else if (await journal.someBegun(givesTraffic)) {
      return bringBack(run, failure);
    }
    await abandon(run, failure);
  }
}

/** Nothing was switched: what was started beside the live release is ended, and that is all. */
async function abandon(run: Run, failure: Failure): Promise<void> {
  const { project, row, journal, log } = run;
  if (await journal.wasBegun('stage')) {
    const { target, release, call } = await openEffects(run);
    await target
      .retire(release, call)
      .catch((error: Error) => log(`the candidate could not be ended: ${error.message}`));
  }
  await enter(project, row.id, failure.code === 'CANCELLED' ? 'cancelled' : 'failed', { failure });
}
