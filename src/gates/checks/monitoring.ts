import { hears } from '../../config/notify.ts';
import { liveRelease } from '../../deployments/releases.ts';
import { httpGet } from '../../platform/http.ts';
import type { Project } from '../../project.ts';
import { whoWatches } from '../monitoring/watch.ts';
import type { StandingCheck } from './standing-check.ts';

const probeTimeoutMs = 5_000;

/**
 * `monitoring: configured`: failures of this environment reach somebody, alert rules watch it, and its health and
 * metrics endpoints really answer: on the environment itself, or before its first release on the one it comes after.
 */
export const monitoring: StandingCheck = {
  name: 'monitoring',
  required: ({ policy }) =>
    policy.gate.monitoring === undefined
      ? undefined
      : 'health, metrics, an alert rule and a notification channel answer',
  async prove(project, { environment, policy }) {
    const missing: string[] = [];
    if (policy.health.version === undefined) missing.push(`environments.${environment}.health.version`);
    if (policy.metrics === undefined) missing.push(`environments.${environment}.metrics`);
    for (const event of ['failed', 'rolledBack'] as const) {
      if (!project.config.notify.some((channel) => hears(channel, event, environment)))
        missing.push(`a notify channel on ${event}`);
    }
    if (missing.length > 0) {
      return {
        verdict: 'fail',
        observed: `${missing.length} missing in devops.yaml`,
        reason: `Not configured: ${missing.join(', ')}.`,
        remedy: 'A person adds what is missing to devops.yaml.',
      };
    }
    const watched = await whoWatches(project, environment);
    if ('verdict' in watched) return watched;
    const asked = await firstLive(project, [environment, policy.after]);
    if (!asked) {
      return {
        verdict: 'inconclusive',
        observed: 'nothing to ask',
        reason: 'No release is live here or in the environment before, so no endpoint can answer.',
        remedy: policy.after
          ? `Deploy to ${policy.after} first.`
          : 'A person lets the first release in without this requirement.',
      };
    }
    const base = project.target(asked).url;
    const trouble = [
      await unanswered(`${base}${policy.health.path}`, () => true),
      await unanswered(`${base}${policy.metrics?.path}`, (body) =>
        /^[a-zA-Z_:][\w:]*(\{.*\})?\s+\S+/m.test(body),
      ),
    ].filter((one) => one !== undefined);
    if (trouble.length > 0) {
      return {
        verdict: 'fail',
        observed: `${trouble.length} endpoints of ${asked} do not answer`,
        reason: trouble.join('; '),
        remedy: `Make the endpoints answer on ${asked}, then evaluate again.`,
      };
    }
    return {
      verdict: 'pass',
      observed: `health and metrics answer on ${asked}; ${watched.watcher}`,
      reason: `Failures are notified, and watched for by ${watched.watcher}.`,
    };
  },
};

async function firstLive(
  project: Project,
  environments: (string | undefined)[],
): Promise<string | undefined> {
  for (const name of environments) {
    if (name !== undefined && (await liveRelease(project, name))) return name;
  }
  return undefined;
}

async function unanswered(url: string, isGood: (body: string) => boolean): Promise<string | undefined> {
  try {
    const { status, body } = await httpGet(url, probeTimeoutMs);
    if (status !== 200) return `${url} answered ${status}`;
    return isGood(body) ? undefined : `${url} does not answer in the Prometheus text format`;
  } catch (error) {
    return `${url}: ${(error as Error).message}`;
  }
}
