import { fileHumanRequest } from '../approvals/requests.ts';
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
  let isAsked = false;
  for (;;) {
    await sleep(health.interval, signal);
    const seen = await probe(url, health);
    traffic = await target.traffic(release);
    const trouble = watch.observe({
      probe: seen,
      rightVersion: seen.servedVersion === undefined || servesRelease(seen.servedVersion, release),
      traffic,
      live: previous && (await target.traffic(previous)),
    });
    if (trouble !== undefined) throw failed(`${release.version} with ${percent}% of the traffic: ${trouble}`);
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
    if (!isAsked) await askPeople(effects, percent, unproven);
    isAsked = true;
  }
}

function failed(message: string, remedy?: string): DeploymentFailed {
  return new DeploymentFailed({ code: 'ANALYSIS_FAILED', message, ...(remedy !== undefined && { remedy }) });
}

async function askPeople(
  { project, deploymentId, release, policy: { strategy }, call }: Effects,
  percent: number,
  unproven: string,
): Promise<void> {
  const patienceMs = strategy.kind === 'canary' ? strategy.patience : 0;
  call.log(`waiting for traffic: ${unproven}`);
  const { caller } = await deploymentById(project, deploymentId);
  await fileHumanRequest(project, JSON.parse(caller) as Caller, {
    kind: 'decision',
    title: `${release.environment}: too little traffic to judge ${release.version} at ${percent}%`,
    description:
      `Of deployment ${deploymentId}: ${unproven}. It waits for another ${Math.round(patienceMs / 1_000)} s and then goes back by itself. ` +
      `To go on sooner, let requests come; to end it, "devops-engineer call cancelDeployment '{"deploymentId":"${deploymentId}","reason":"…"}'".`,
    priority: 'high',
    deploymentId,
  }).catch((error: Error) => call.log(`nobody could be asked: ${error.message}`));
}
