import { assess } from '../gates/assess.ts';
import { sleep } from '../platform/clock.ts';
import type { Project } from '../project.ts';

const limitMs = 800;

/**
 * What the gate says, where it says so soon: the caller gets the handle in time even where an endpoint hangs. The runner
 * asks again, and waits.
 */
export async function assessInTime(
  project: Project,
  subject: Parameters<typeof assess>[1],
): Promise<Awaited<ReturnType<typeof assess>> | undefined> {
  return Promise.race([assess(project, subject), sleep(limitMs).then(() => undefined)]);
}
