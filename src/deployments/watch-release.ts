import { overridesOn } from '../approvals/overrides.ts';
import { sleep } from '../platform/clock.ts';
import { askPeople, settle } from './ask-about-watch.ts';
import type { Effects } from './effects.ts';
import { DeploymentFailed } from './failure.ts';
import { LogErrors } from './log-errors.ts';
import { ProbeRounds } from './probe-rounds.ts';
import type { Traffic } from './targets/types.ts';
import { type Observation, Watch, type WatchLimits } from './watch.ts';

/** Watching a release for as long as its strategy says, and what follows where too little was seen to tell. */

export interface WatchPlan {
  /** What is watched, with its version: `8a1f… with 10% of the traffic`. */
  subject: string;
  lengthMs: number;
  /** The field of the strategy that says how long. */
  field: 'watch' | 'bake';
  limits: WatchLimits | undefined;
  /** Where the release alone answers, or the environment. */
  baseUrl: string;
  /** Version that is live beside it; undefined once it is alone. */
  liveVersion?: string | undefined;
  look(): Promise<Observation>;
}

/** So often a person's decision is looked for, which means verifying signatures. */
const decisionIntervalMs = 3_000;

/**
 * Watches until the time is over. Where it proved nothing, people are asked and the watch goes on for as long as the
 * strategy has patience: it may prove enough by then, or a person signs that it does not matter. No answer is no
 * permission.
 * @throws DeploymentFailed ANALYSIS_FAILED
 */
export async function watchRelease(effects: Effects, plan: WatchPlan): Promise<Traffic | undefined> {
  const { target, policy, signal } = effects;
  const { strategy, health } = policy;
  const watch = new Watch(plan.limits, { countsTraffic: target.capabilities.traffic });
  const probes = new ProbeRounds(effects, plan);
  const log = new LogErrors(effects, plan.limits);
  const until = performance.now() + plan.lengthMs;
  let traffic: Traffic | undefined;
  let question: string | undefined;
  let nextDecision = 0;
  try {
    for (;;) {
      const remainingMs = until - performance.now();
      await sleep(remainingMs > 0 ? Math.min(health.interval, remainingMs) : health.interval, signal);
      const seen = await plan.look();
      traffic = seen.traffic;
      const leftMs = until - performance.now();
      const trouble =
        watch.observe(seen) ?? (await probes.next()) ?? (await log.next({ isLast: leftMs <= 0 }));
      if (trouble !== undefined) throw failed(`${plan.subject}: ${trouble}`);
      if (leftMs > 0) continue;
      const unproven = watch.conclude() ?? probes.conclude();
      if (unproven === undefined) return traffic;
      if (performance.now() >= nextDecision) {
        if (await isDecided(effects)) return traffic;
        nextDecision = performance.now() + decisionIntervalMs;
      }
      if (leftMs < -strategy.patience) throw inconclusive(effects, plan, unproven);
      question ??= await askPeople(effects, { subject: plan.subject, unproven });
    }
  } finally {
    if (question) await settle(effects, question, plan.subject);
  }
}

function failed(message: string, remedy?: string): DeploymentFailed {
  return new DeploymentFailed({ code: 'ANALYSIS_FAILED', message, ...(remedy !== undefined && { remedy }) });
}

function inconclusive({ release }: Effects, { subject, field }: WatchPlan, unproven: string) {
  const place = `environments.${release.environment}.strategy`;
  return failed(
    `${subject}: inconclusive, ${unproven}`,
    `Let a person lengthen ${place}.${field}, or have ${place}.analysis ask for less.`,
  );
}

/** Whether a person has signed that this commit may go on although too little was seen. Never what was found bad. */
async function isDecided({ project, release, author, call }: Effects): Promise<boolean> {
  const { environment, commit } = release;
  const found = await overridesOn(project, { environment, commit, author });
  for (const one of found) {
    if (one.requirement !== 'analysis') continue;
    if (!('override' in one)) {
      call.log(one.refusal);
      continue;
    }
    call.log(`${one.override.by} decided to go on: ${one.override.reason}`);
    return true;
  }
  return false;
}
