import { trustFirstPolicy } from '../approvals/approved-policies.ts';
import { record } from '../audit/trail.ts';
import { redactAll } from '../operations/redaction/index.ts';
import type { Checkouts } from '../platform/checkout.ts';
import { now, sleep, timestamp } from '../platform/clock.ts';
import { path } from '../platform/files.ts';
import { logTo } from '../platform/log-file.ts';
import type { GateRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { type Assessment, assess, missingChecks, subjectOf } from './assess.ts';
import { untilCancelled } from './cancel-gate.ts';
import { actOnOpenGate } from './failure/act.ts';
import { earlierActions } from './failure/actions.ts';
import {
  claimGate,
  type GateMode,
  gateRow,
  openGate,
  pendingGate,
  runnerIsAlive,
  toResult,
} from './gate-records.ts';
import { openGateCheckouts, runChecks } from './run-gate.ts';
import type { GateSubject } from './subject.ts';
import type { GateResult } from './types.ts';

export interface GateRequest {
  environment: string;
  ref: string;
  /** `missing` runs what lacks evidence, `all` everything anew, `none` judges what is there. */
  run: GateMode;
  waitMs: number;
  caller: Caller;
  signal?: AbortSignal;
  onProgress?: (message: string) => void;
}

/**
 * Evaluates the gate of an environment for a commit. Checks go on in a detached run when they take longer than
 * `waitMs`; the same call again joins it, and is told its result even when it has ended meanwhile.
 * @throws UNKNOWN_ENVIRONMENT, UNKNOWN_COMMIT, NO_REPOSITORY
 */
export async function evaluateGate(project: Project, request: GateRequest): Promise<GateResult> {
  const subject = await subjectOf(project, request.environment, request.ref);
  await trustFirstPolicy(project, request.caller);
  if (request.run === 'none') {
    return concludeInline(project, subject, { caller: request.caller, looksOnly: true });
  }
  const pending = await pendingGate(project, subject);
  if (pending) {
    adopt(project, pending);
    return follow(project, pending.id, request);
  }
  if (request.run === 'missing' && (await missingChecks(project, subject)).length === 0) {
    return concludeInline(project, subject, { caller: request.caller });
  }
  const { id, mine } = await openGate(project, subject, { mode: request.run, caller: request.caller });
  if (mine) project.startRun('gate', id);
  return follow(project, id, request);
}

/** Runs a gate's checks in this process, for a deployment's own runner, which is detached already. */
export async function evaluateGateHere(
  project: Project,
  subject: GateSubject,
  { caller, signal }: { caller: Caller; signal: AbortSignal },
): Promise<GateResult> {
  if ((await missingChecks(project, subject)).length === 0)
    return concludeInline(project, subject, { caller, signal });
  const { id } = await openGate(project, subject, { mode: 'missing', caller, separate: true });
  await claimGate(project, id);
  return perform(project, id, subject, { signal });
}

/** The detached run of a gate: claims it, runs its checks, concludes it. Does nothing when someone else is at it. */
export async function runGate(project: Project, gateId: string): Promise<void> {
  const opening = openGateCheckouts(project); // somebody waits: git works while the rest is looked up
  if (!(await claimGate(project, gateId))) return;
  const row = await gateRow(project, gateId);
  const subject = await subjectOf(project, row.environment, row.commit_sha);
  await untilCancelled(project, gateId, (signal) => perform(project, gateId, subject, { signal, opening }));
}

async function perform(
  project: Project,
  gateId: string,
  subject: GateSubject,
  { signal, opening }: { signal: AbortSignal; opening?: Promise<Checkouts> },
): Promise<GateResult> {
  const row = await gateRow(project, gateId);
  const log = logTo(path.join(project.stateDir, 'logs', `${gateId}.log`), project.redact);
  const mode = row.mode as 'missing' | 'all';
  const onProgress = async (progress: string) => {
    await project.state.read.updateTable('gates').set({ progress }).where('id', '=', gateId).execute();
  };
  await runChecks(project, { gateId, subject, mode, opening, log, signal, onProgress });
  return conclude(project, gateId, subject, { caller: JSON.parse(row.caller) as Caller, signal });
}

/** Judges what is there and keeps the verdict on record, for one who waits for nothing to run. */
export async function concludeInline(
  project: Project,
  subject: GateSubject,
  how: Conclusion,
): Promise<GateResult> {
  const { id } = await openGate(project, subject, { mode: 'none', caller: how.caller, separate: true });
  return conclude(project, id, subject, how);
}

interface Conclusion {
  caller: Caller;
  /** What is known already of this moment. */
  assessment?: Assessment;
  /** Nothing follows from a look, whatever it shows. */
  looksOnly?: boolean;
  /** Aborted where somebody gave the run up: what it did not prove says nothing then. */
  signal?: AbortSignal | undefined;
}

async function conclude(
  project: Project,
  gateId: string,
  subject: GateSubject,
  { caller, looksOnly = false, signal, assessment: known }: Conclusion,
): Promise<GateResult> {
  const assessment = redactAll(
    known ?? (await assess(project, subject, gateId)),
    project.redact,
  ) as Assessment;
  const { verdict, requirements, expiresAt } = assessment;
  const open = { gateId, ...assessment };
  // Before the verdict is told: whoever reads it finds the tasks that it names.
  const actions =
    verdict === 'pass' || signal?.aborted
      ? undefined
      : looksOnly
        ? await earlierActions(project, subject, open)
        : await actOnOpenGate(project, subject, open, caller);
  await project.state.change(async (writer) => {
    await writer
      .updateTable('gates')
      .set({
        verdict,
        requirements: JSON.stringify(requirements),
        artifact_digest: subject.artifact?.digest ?? null,
        finished_at: timestamp(),
        expires_at: expiresAt,
        progress: null,
        actions: actions === undefined ? null : JSON.stringify(actions),
      })
      .where('id', '=', gateId)
      .execute();
    await record(writer, {
      caller,
      action: 'gate.evaluate',
      subject: gateId,
      decision: verdict,
      detail: {
        environment: subject.environment,
        commit: subject.commit.sha,
        policyDigest: project.policyDigest,
        artifact: subject.artifact?.digest,
        requirements: requirements.map(({ name, verdict: one, evidenceId, override, observed }) => ({
          name,
          verdict: one,
          evidenceId,
          override,
          ...(one !== 'pass' && { observed }),
        })),
      },
    });
  });
  return toResult(await gateRow(project, gateId));
}

/** How long a run that was started may take until it has claimed its work. */
const startGraceMs = 10_000;

/** A run whose process died, or never began, is started again. */
function adopt(project: Project, row: GateRow): void {
  if (row.finished_at !== null || runnerIsAlive(row)) return;
  const overdue = now().getTime() - Date.parse(row.created_at) > startGraceMs;
  if (row.runner !== null || overdue) project.startRun('gate', row.id);
}

const pollMs = 25;
const adoptEveryMs = 2_000;

async function follow(
  project: Project,
  gateId: string,
  { waitMs, signal, onProgress }: GateRequest,
): Promise<GateResult> {
  const deadline = performance.now() + waitMs;
  let told = '';
  let adoptAt = performance.now() + adoptEveryMs;
  for (;;) {
    const row = await gateRow(project, gateId);
    if (row.finished_at !== null) {
      await project.state.read.updateTable('gates').set({ delivered: 1 }).where('id', '=', gateId).execute();
      return toResult(row);
    }
    if (row.progress !== null && row.progress !== told) {
      told = row.progress;
      onProgress?.(told);
    }
    if (performance.now() >= deadline || signal?.aborted) return toResult(row);
    if (performance.now() >= adoptAt) {
      adoptAt += adoptEveryMs;
      adopt(project, row);
    }
    await sleep(pollMs);
  }
}
