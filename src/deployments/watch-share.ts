import { fileHumanRequest, readHumanRequests, resolveHumanRequest } from '../approvals/requests.ts';
import { asDevopsError } from '../errors.ts';
import { probe, servesRelease } from '../operations/probes.ts';
import { sleep } from '../platform/clock.ts';
import type { Caller } from '../project.ts';
import type { Effects } from './effects.ts';
import { DeploymentFailed } from './failure.ts';
import { deploymentById, enter } from './records.ts';
import { stagedUrl } from './targets/staged.ts';
import type { Traffic } from './targets/types.ts';
import { Watch } from './watch.ts';

/**
 * Watches a release that has a share of the traffic, beside the live one. Where too few requests came to tell, a person
 * is asked and the watch goes on for as long as the strategy has patience: no answer is no permission.
 * @throws DeploymentFailed ANALYSIS_FAILED
 */
export async function watchShare(effects: Effects, percent: number): Promise<Traffic | undefined> {
  const { project, deploymentId, target, release, previous, policy, call, signal } = effects;
  const { strategy, health } = policy;
  if (strategy.kind !== 'canary') throw new Error(`${strategy.kind} shares no traffic`);
  await enter(project, deploymentId, 'verifying');
  const url = await stagedUrl(target, release, call);
  const watch = new Watch(strategy.analysis);
  const until = performance.now() + strategy.watch;
  let traffic: Traffic | undefined;
  let question: string | undefined;
  try {
    for (;;) {
      await sleep(health.interval, signal);
      const seen = await probe(url, health);
      traffic = await target.traffic(release);
      const trouble = watch.observe({
        probe: seen,
        rightVersion: seen.servedVersion !== undefined && servesRelease(seen.servedVersion, release),
        traffic,
        live: previous && (await target.traffic(previous)),
      });
      if (trouble !== undefined)
        throw failed(`${release.version} with ${percent}% of the traffic: ${trouble}`);
      const leftMs = until - performance.now();
      if (leftMs > 0) continue;
      const unproven = watch.conclude();
      if (unproven === undefined) return traffic;
      if (leftMs < -strategy.patience) {
        throw failed(
          `${release.version} with ${percent}% of the traffic: inconclusive, ${unproven}`,
          `Let a person lengthen strategy.watch or lower strategy.analysis.minRequests of ${release.environment}.`,
        );
      }
      question ??= await askPeople(effects, { percent, unproven, patienceMs: strategy.patience });
    }
  } finally {
    if (question) await settle(effects, question, percent);
  }
}

function failed(message: string, remedy?: string): DeploymentFailed {
  return new DeploymentFailed({ code: 'ANALYSIS_FAILED', message, ...(remedy !== undefined && { remedy }) });
}

/** Asked once for a share, also by a runner that takes over. @returns the id of the request; empty where none could be made */
async function askPeople(
  { project, deploymentId, release, call }: Effects,
  { percent, unproven, patienceMs }: { percent: number; unproven: string; patienceMs: number },
): Promise<string> {
  call.log(`waiting for traffic: ${unproven}`);
  const title = `${release.environment}: too little traffic to judge ${release.version} at ${percent}%`;
  try {
    const asked = (await readHumanRequests(project)).find(
      (one) => one.title === title && one.text.includes(deploymentId),
    );
    if (asked) return asked.id;
    const { caller } = await deploymentById(project, deploymentId);
    const { requestId } = await fileHumanRequest(project, JSON.parse(caller) as Caller, {
      kind: 'decision',
      title,
      description:
        `Of deployment ${deploymentId}: ${unproven}. It waits for another ${Math.round(patienceMs / 1_000)} s and then goes back by itself. ` +
        `To go on sooner, let requests come; to end it, "devops-engineer call cancelDeployment '{"deploymentId":"${deploymentId}","reason":"…"}'".`,
      priority: 'high',
      deploymentId,
    });
    return requestId;
  } catch (error) {
    call.log(`nobody could be asked: ${asDevopsError(error).message}`);
    return '';
  }
}

async function settle({ project, call }: Effects, question: string, percent: number): Promise<void> {
  await resolveHumanRequest(project, question, `The watch of ${percent}% has ended.`).catch((error: Error) =>
    call.log(`${question} stays open: ${error.message}`),
  );
}
