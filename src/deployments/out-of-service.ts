import { record } from '../audit/trail.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { hold, letGo } from './records.ts';

/**
 * A person takes an environment out of service: nothing of it runs afterwards, and its next deployment is a first
 * one. No tool does this. A release that was there can still be deployed again.
 * @throws UNKNOWN_ENVIRONMENT, ENVIRONMENT_BUSY, TARGET_FAILED
 */
export async function takeOutOfService(project: Project, caller: Caller, environment: string): Promise<void> {
  environmentOf(project, environment);
  const id = `down-${environment}`;
  // Taken and freed at once: the number is what counts. A deployment that begins meanwhile gets a higher one, and
  // the target then refuses ours.
  const number = await project.state.change(async (writer) => {
    const taken = await hold(writer, id, environment);
    await letGo(writer, { id, environment });
    return taken;
  });
  await project.target(environment).stop({
    fence: { deploymentId: id, number },
    log: () => undefined,
    signal: new AbortController().signal,
  });
  await project.state.change(async (writer) => {
    await writer
      .updateTable('environments')
      .set({ live_id: null })
      .where('name', '=', environment)
      .where('fence', '=', number)
      .execute();
    await record(writer, { caller, action: 'environment.down', subject: environment, decision: 'done' });
  });
}
