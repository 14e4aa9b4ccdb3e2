import { DevopsError } from '../errors.ts';
import { sleep } from '../platform/clock.ts';
import { hold } from './records.ts';
import type { Run } from './workflow.ts';

/** Taking an environment that another deployment may hold: who was admitted waits for its turn. */

const intervalMs = 500;
const patienceMs = 60 * 60_000;

/**
 * Takes the environment, and notes the release that is live now: it may be another one than when this was asked for.
 * @throws ENVIRONMENT_BUSY when it was held for an hour
 */
export async function takeEnvironment({ project, row, log, signal }: Run): Promise<void> {
  const until = performance.now() + patienceMs;
  let told: string | undefined;
  for (;;) {
    const busy = await tryToTake(project.state, row);
    if (!busy) return;
    if (performance.now() > until) throw busy;
    if (busy.message !== told) log(`waits: ${busy.message}`);
    told = busy.message;
    await sleep(intervalMs, signal);
  }
}

async function tryToTake(
  state: Run['project']['state'],
  { id, environment }: Run['row'],
): Promise<DevopsError | undefined> {
  try {
    await state.change(async (writer) => {
      const held = await writer
        .selectFrom('environments')
        .select(['holder_id', 'live_id'])
        .where('name', '=', environment)
        .executeTakeFirst();
      const number = await hold(writer, id, environment);
      await writer
        .updateTable('deployments')
        .set({ number, ...(held?.holder_id !== id && { previous_id: held?.live_id ?? null }) })
        .where('id', '=', id)
        .execute();
    });
    return undefined;
  } catch (error) {
    if (error instanceof DevopsError && error.code === 'ENVIRONMENT_BUSY') return error;
    throw error;
  }
}
