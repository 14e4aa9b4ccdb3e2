import type { AlertsConfig } from '../../config/alerts.ts';
import { now } from '../../platform/clock.ts';
import { httpGet } from '../../platform/http.ts';
import { environmentOf, type Project } from '../../project.ts';
import type { Judgement } from '../types.ts';
import { readAlertRules } from './alert-rules.ts';

/** Who notices when the release is ill: alerting rules of a Prometheus server, or our own watch after the switch. */

/** `watcher` says who watches; otherwise the judgement says why nobody does. */
export type Watched = { watcher: string } | Judgement;

const timeoutMs = 5_000;
/** A server with a thousand rules and their texts. */
const maxAnswerBytes = 16 * 1024 * 1024;

export async function whoWatches(project: Project, environment: string): Promise<Watched> {
  const { alerts, strategy } = environmentOf(project, environment);
  if (alerts) return askPrometheus(alerts);
  if (strategy.analysis) return { watcher: 'the analysis of the strategy' };
  const place = `environments.${environment}`;
  const limits = project.target(environment).capabilities.traffic
    ? `, or limits under ${place}.strategy.analysis,`
    : '';
  return {
    verdict: 'fail',
    observed: 'no alert rule',
    reason: `Nothing watches ${environment}: neither alerts nor strategy.analysis is configured.`,
    remedy: `A person adds ${place}.alerts.prometheus${limits} to devops.yaml.`,
  };
}

async function askPrometheus({ prometheus, rules }: AlertsConfig): Promise<Watched> {
  const url = `${prometheus.replace(/\/+$/, '')}/api/v1/rules?type=alert`;
  const silent = (reason: string): Judgement => ({
    verdict: 'inconclusive',
    observed: 'alert rules not known',
    reason: `${url}: ${reason}.`,
    remedy: `Make Prometheus answer at ${prometheus}, then evaluate again.`,
  });
  let text: string;
  try {
    const { status, body } = await httpGet(url, timeoutMs, maxAnswerBytes);
    if (status !== 200) return silent(`it answered ${status}`);
    text = body;
  } catch (error) {
    return silent((error as Error).message);
  }
  const found = readAlertRules(text, { names: rules, now: now() });
  if (!found) return silent('it did not answer as the rules API of Prometheus does');
  if ('trouble' in found) {
    return {
      verdict: 'fail',
      observed: 'alert rules do not watch',
      reason: `${url}: ${found.trouble}.`,
      remedy: `Make the alerting rules of ${prometheus} evaluate without errors, then evaluate again.`,
    };
  }
  const ailing = found.ailing.length === 0 ? '' : `, ${found.ailing.length} more are ill`;
  return { watcher: `${found.watching} alert rule${found.watching === 1 ? '' : 's'} of Prometheus${ailing}` };
}
