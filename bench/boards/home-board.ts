import { type Random, scramble, seededRandom } from './random.ts';

/** Entries as the agents of the mission prompt's home write them: bare array, `task_id`, `payload`, `result`. */

export interface HomeTask {
  task_id: string;
  title: string;
  description: string;
  type: string;
  status: string;
  priority: string;
  agent: string;
  payload: Record<string, unknown>;
  result: { message: string; artifacts: string[] };
  created_at: string;
  dependencies: string[];
}

/** What the benchmark asks for. One entry in `matchEvery` matches, at a place that differs from block to block. */
export const wanted = { agent: 'DevOps-Engineer', status: 'pending' } as const;
const matchEvery = 50;

const services = [
  'checkout',
  'inventory',
  'billing',
  'search',
  'notifications',
  'identity',
  'catalogue',
  'reporting',
] as const;
const ourTypes = [
  'deployment_staging',
  'deployment_production',
  'deployment_rollback',
  'infrastructure_setup',
  'infrastructure_scaling',
] as const;
const otherTypes = [
  'feature_development',
  'documentation',
  'ui_test',
  'urgent_fix',
  'monitoring_setup',
] as const;
const otherAgents = ['Task-Coder', 'Tester', 'UI-Tester', 'Product-Owner', 'Reviewer', 'Architect'] as const;
const closedStatuses = ['done', 'completed', 'deployed', 'failed', 'in_progress', 'blocked'] as const;
const openStatuses = [
  'pending',
  'pending',
  'backlog',
  'review',
  'in_progress',
  'test_defined',
  'done',
  'done',
] as const;
const priorities = ['critical', 'high', 'medium', 'medium', 'medium', 'low', 'low'] as const;
const verbs = ['Deploy', 'Prepare', 'Verify', 'Document', 'Repair', 'Speed up', 'Monitor'] as const;
const objects = [
  'the release candidate',
  'the health endpoint',
  'the "fast path" for carts',
  'retries with exponential backoff',
  'die Übersicht für Betreiber',
  'templates such as {{name}} and [links]',
  'the nightly import 🌙',
] as const;

/** Texts as people and models write them; some hold what a careless scanner would take for structure. */
const sentences = [
  'The change is behind a flag and must stay reversible until the error budget has recovered.',
  'See the discussion in review: "we never restart both instances at once", and keep it that way.',
  'The configuration is read once, so a restart is needed; a path like C:\\services\\config is not portable.',
  'Acceptance was agreed with the stakeholders on Friday — naïve caching is explicitly out of scope.',
  'The payload looks like {"agent": "DevOps-Engineer", "status": "pending"} but is only an example.',
  'Steps:\n1. build the image\n2. run the smoke tests\n3. watch p99 for ten minutes',
  'Braces that do not match }}]{ and a lone quote " appear in the log excerpt below.',
  'Latency must stay under 250 ms at the 99th percentile while both versions serve traffic.',
  'Ask the DevOps-Engineer before touching production; 生产环境 needs a signed approval.',
  'Rollback is rehearsed in staging first, with the same artifact and the same migration order.',
  'The database migration is additive, so the former version keeps working during the switch.',
  'Tabs\tand other control characters survive the round trip, as do emoji such as 🚀 and 👩‍💻.',
] as const;
const criteria = [
  'The health endpoint answers with the new version within 60 s',
  'No request fails during the switch',
  'Error rate stays below 0.1 % for ten minutes',
  'The former version can be restored with one command',
  'Documentation names every "required" setting',
  'Dashboards show p50, p95 and p99',
] as const;
const epochMs = Date.UTC(2025, 7, 1);

/** Whether an entry matches what is wanted. */
export function isWanted(index: number): boolean {
  return index % matchEvery === scramble(Math.floor(index / matchEvery)) % matchEvery;
}

export function homeTaskId(index: number): string {
  return `T-${String(index + 1).padStart(6, '0')}`;
}

/** The entry at a place; made from its index alone, so that one entry can be made again without the others. */
export function homeTask(index: number): HomeTask {
  const random = seededRandom(index);
  const ours = isWanted(index);
  const agent = ours || random.below(12) === 0 ? wanted.agent : random.pick(otherAgents);
  const status = ours ? wanted.status : random.pick(agent === wanted.agent ? closedStatuses : openStatuses);
  const service = random.pick(services);
  const isClosed = status === 'done' || status === 'completed' || status === 'deployed';
  return {
    task_id: homeTaskId(index),
    title: `${random.pick(verbs)} ${random.pick(objects)} (${service})`,
    description: several(random, sentences, 2, 4).join(' '),
    type: random.pick(agent === wanted.agent ? ourTypes : otherTypes),
    status,
    priority: random.pick(priorities),
    agent,
    payload: {
      service,
      environment: random.pick(['staging', 'production']),
      source_story_id: `US-${String(random.below(9_000)).padStart(4, '0')}`,
      acceptance_criteria: several(random, criteria, 2, 4),
      estimate_hours: random.below(400) / 10,
      reversible: random.below(2) === 0,
    },
    result: isClosed
      ? { message: random.pick(sentences), artifacts: [`reports/${service}/unit.xml`, `logs/${service}.log`] }
      : { message: '', artifacts: [] },
    created_at: new Date(epochMs + index * 61_000).toISOString(),
    dependencies:
      index === 0
        ? []
        : several(random, [1, 7, 40], 0, 2).map((back) => homeTaskId(Math.max(0, index - back))),
  };
}

function several<Value>(
  random: Random,
  values: readonly [Value, ...Value[]],
  least: number,
  most: number,
): Value[] {
  return Array.from({ length: least + random.below(most - least + 1) }, () => random.pick(values));
}
