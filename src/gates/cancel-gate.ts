import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { abortWhen } from '../platform/clock.ts';
import type { Caller, Project } from '../project.ts';

/** Whether an id names a gate and not a deployment. */
export function isGateId(id: string): boolean {
  return id.startsWith('gate-');
}

/**
 * Asks the run of a gate to end: its commands are ended, and what they did not prove stays unproven.
 * @throws NOT_CANCELLABLE where there is no such run, or it has ended
 */
export async function cancelGate(
  project: Project,
  { caller, gateId, reason }: { caller: Caller; gateId: string; reason: string },
): Promise<void> {
  const cancelled = await project.state.change(async (writer) => {
    const { numUpdatedRows } = await writer
      .updateTable('gates')
      .set({ cancel_reason: writer.redact(reason) })
      .where('id', '=', gateId)
      .where('finished_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    const detail = { reason };
    await record(writer, { caller, action: 'gate.cancel', subject: gateId, decision: 'accepted', detail });
    return true;
  });
  if (cancelled) return;
  throw new DevopsError('NOT_CANCELLABLE', `no checks of ${gateId} are under way`, {
    remedy: 'There is nothing left to cancel.',
  });
}

/** Does the work of a gate's run until it is done, or aborted because the gate was cancelled. */
export async function untilCancelled<T>(
  project: Project,
  gateId: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const cancelled = new AbortController();
  const isCancelled = async () => {
    const row = await project.state.read
      .selectFrom('gates')
      .select('cancel_reason')
      .where('id', '=', gateId)
      .executeTakeFirst();
    return row?.cancel_reason != null;
  };
  const watching = abortWhen(isCancelled, cancelled, { ended: ended.signal });
  try {
    return await work(cancelled.signal);
  } finally {
    ended.abort();
    await watching;
  }
}
