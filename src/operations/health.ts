import { troubleWithPolicy } from '../approvals/approved-policies.ts';
import { anchoringProblem } from '../audit/anchoring-trouble.ts';
import { liveRelease } from '../deployments/releases.ts';
import type { Traffic } from '../deployments/targets/types.ts';
import { sleep, waitAtMost } from '../platform/clock.ts';
import { environmentOf, type Project } from '../project.ts';
import { escalationProblems } from './notifications/escalate.ts';
import { undelivered } from './notifications/outbox.ts';
import { type Probe, probe, servesRelease } from './probes.ts';

export interface Health {
  environment: string;
  status: 'healthy' | 'degraded' | 'down' | 'unknown';
  /** What answered, each version once. */
  servedVersions: string[];
  /** What should be live by our record. */
  expectedVersion?: string;
  probes: Probe[];
  /** Real traffic of the live release, where the target counts it. */
  metrics?: Traffic;
  /** What a person should know. */
  problems: string[];
}

const probesPerCheck = 3;
const pauseMs = 100;
/** What nobody has taken by then counts as undelivered if it failed before. */
const deliveryLimitMs = 1_000;

/**
 * Probes an environment several times and holds what it serves against what should be live.
 * @throws UNKNOWN_ENVIRONMENT
 */
export async function checkHealth(project: Project, environment: string): Promise<Health> {
  const { health } = environmentOf(project, environment);
  const target = project.target(environment);
  const delivery = project.deliverSoon();
  const live = await liveRelease(project, environment);
  const probes: Probe[] = [];
  for (let count = 0; count < probesPerCheck; count += 1) {
    if (count > 0) await sleep(pauseMs);
    probes.push(await probe(target.url, health));
  }
  const reported = probes.flatMap(({ servedVersion }) => servedVersion ?? []);
  if (reported.length === 0 && probes.some(({ healthy }) => healthy)) {
    const version = (await target.live())?.version;
    if (version !== undefined) reported.push(version);
  }
  const servedVersions = [...new Set(reported)];
  const problems = problemsOf(probes);
  const strange =
    live === undefined ? servedVersions : servedVersions.filter((version) => !servesRelease(version, live));
  if (strange.length > 0) {
    problems.push(
      live
        ? `serves ${strange.join(', ')}, but ${live.version} should be live`
        : `serves ${strange.join(', ')}, which was not deployed from here`,
    );
  }
  const good = probes.filter(({ healthy }) => healthy).length;
  const isForeign = live === undefined && good > 0;
  if (isForeign && strange.length === 0)
    problems.push(`something answers at ${target.url}, which was not deployed from here`);
  await waitAtMost(deliveryLimitMs, delivery);
  const messages = await undelivered(project);
  if (messages.count > 0) {
    problems.push(
      `${messages.count} notifications are undelivered (${messages.channels.join('; ')})${messages.lastError ? `: ${messages.lastError}` : ''}`,
    );
  }
  const policy = await troubleWithPolicy(project);
  if (policy !== undefined) problems.push(policy);
  problems.push(...(await escalationProblems(project)));
  const anchoring = await anchoringProblem(project);
  if (anchoring !== undefined) problems.push(anchoring);
  const metrics = live && (await target.traffic(live));
  return {
    environment,
    status: statusOf({
      good,
      nothingExpected: live === undefined && servedVersions.length === 0,
      strange: strange.length > 0 || isForeign,
    }),
    servedVersions,
    probes,
    problems,
    expectedVersion: live?.version,
    metrics,
  };
}

function statusOf({
  good,
  nothingExpected,
  strange,
}: {
  good: number;
  nothingExpected: boolean;
  strange: boolean;
}): Health['status'] {
  // Silence where nothing was ever deployed is neither health nor an outage.
  if (good === 0) return nothingExpected ? 'unknown' : 'down';
  return good < probesPerCheck || strange ? 'degraded' : 'healthy';
}

function problemsOf(probes: Probe[]): string[] {
  return [...new Set(probes.flatMap(({ problem }) => problem ?? []))];
}
