import { pathToFileURL } from 'node:url';
import { openApp } from '../../app.ts';
import { path } from '../../platform/files.ts';
import { packageDir } from '../../platform/self.ts';
import { print } from '../output.ts';
import { type Agent, connectAgent } from './agent.ts';
import { createNarrator, expect, type Narrator, StoryBroken } from './narrator.ts';
import { type Scene, setScene } from './scene.ts';

/** The mission from beginning to end, for real: what is printed is what the server answered and the service did. */

interface Gate {
  gateId: string;
  verdict: string;
  requirements: { name: string; verdict: string; observed: string; reason: string }[];
  fixTasks?: string[];
}
interface Request {
  deploymentId: string;
  state: string;
  servedVersion?: string;
  approvalRequest?: { requestId: string };
}
interface Deployment {
  deployment: Request & {
    id: string;
    failure?: { code: string; message: string };
    steps: { name: string; durationMs?: number }[];
  };
}
interface LoadResult {
  requests: number;
  errors: number;
  p99Ms: number;
}
type Load = (options: {
  url: string;
  durationMs: number;
  connections: number;
  customers: number;
  requestsPerSecond: number;
  signal: AbortSignal;
}) => Promise<LoadResult>;

const waitSeconds = 60;

/** @returns 0 when everything went as told, 5 when any step did not */
export async function demo({ keep }: { keep: boolean }): Promise<number> {
  const startedAt = performance.now();
  const narrator = createNarrator(process.stdout);
  const scene = await setScene();
  let agent: Agent | undefined;
  try {
    agent = await connectAgent(scene.projectDir, scene.environment);
    const summary = await tell({ narrator, scene, agent });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    narrator.chapter(`Summary (${seconds} s)`);
    for (const fact of summary) narrator.fact(fact);
    return 0;
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error;
    print(`\nThe demo did not go as told: ${error.message}`);
    print(`Its files are in ${scene.projectDir}`);
    return 5;
  } finally {
    await agent?.close();
    if (keep) print(`\nEverything still runs: ${scene.urls.production}, files in ${scene.projectDir}`);
    else await endScene(scene);
  }
}

interface Stage {
  narrator: Narrator;
  scene: Scene;
  agent: Agent;
}

async function tell(stage: Stage): Promise<string[]> {
  const { narrator, scene, agent } = stage;

  narrator.chapter('1. Release 1.0 is live');
  await narrator.step('review, gate, deploy to staging', async () => {
    await review(stage);
    await toStaging(stage);
  });
  const { load } = (await import(
    pathToFileURL(path.join(packageDir, 'examples/shop/load/load.js')).href
  )) as { load: Load };
  const opening = startLoad(load, scene.urls.production, regulars);
  const first = await narrator.step('gate, signed approval, deploy to production', () => toProduction(stage));
  await opening.stop();
  narrator.fact(`production serves ${first.servedVersion}`);

  narrator.chapter('2. Release 1.1 arrives with a bug');
  const work = await narrator.step('filterTasks: what is for us?', () =>
    agent.call<{ tasks: { id: string; type: string; title: string }[]; total: number }>('filterTasks'),
  );
  narrator.fact(work.tasks.map(({ id, type, title }) => `${id} ${type}: ${title}`).join('\n'));
  const staging = work.tasks.find(({ type }) => type === 'deployment_staging');
  const production = work.tasks.find(({ type }) => type === 'deployment_production');
  expect(staging !== undefined && production !== undefined, 'the board has no deployment tasks');
  await scene.commitVariant('discounts-broken', 'Release 1.1: order discounts');
  await review(stage);
  const red = await narrator.step('evaluateGate staging', () => gate(stage, 'staging'));
  expect(red.verdict === 'fail', `the gate should fail, it is ${red.verdict}: ${explain(red)}`);
  narrator.fact(explain(red));
  expect((red.fixTasks?.length ?? 0) > 0, 'the failed gate created no fix task');
  narrator.fact(`fix task ${red.fixTasks?.join(', ')} for Task-Coder`);
  const refused = await narrator.step('deploy it anyway?', () =>
    agent.call<Request & { refused?: { code: string } }>('deploy', { environment: 'staging' }),
  );
  expect(refused.refused?.code === 'GATE_FAILED', 'deploy was not refused');
  narrator.fact(`refused: ${refused.refused.code}`);

  narrator.chapter('3. The fix goes to staging');
  await scene.commitVariant('discounts-fixed', 'Fix: round discounts to the cent');
  await review(stage);
  await narrator.step('gate, deploy to staging', () => toStaging(stage, staging.id));
  await agent.call('updateTask', { id: red.fixTasks?.[0], status: 'done' });

  narrator.chapter('4. Production, under load, after a person said yes');
  const traffic = startLoad(load, scene.urls.production, regulars);
  const live = await narrator.step('gate, signed approval, blue-green deployment', () =>
    toProduction(stage, production.id),
  );
  const seen = await traffic.stop();
  narrator.fact(
    `production serves ${live.servedVersion}; ${seen.requests} requests meanwhile, ${seen.errors} failed`,
  );
  expect(
    seen.requests > 500 && seen.errors === 0,
    `${seen.errors} of ${seen.requests} requests failed during the switch`,
  );

  narrator.chapter('5. Release 1.2 is bad, and nobody noticed');
  await scene.commitVariant('memory-bug', 'Release 1.2: customer sessions');
  await review(stage);
  await narrator.step('gate, deploy to staging', () => toStaging(stage));
  const crowd = startLoad(load, scene.urls.production, crowdSize);
  const bad = await narrator.step('deploy to production: healthy at first, then errors rise', async () => {
    const { deploymentId } = await approvedDeployment(stage);
    return ended(stage, deploymentId);
  });
  await crowd.stop();
  expect(
    bad.state === 'rolledBack',
    `the bad release is ${bad.state}: ${bad.failure?.message ?? 'no failure'}`,
  );
  narrator.fact(`rolled back by itself: ${bad.failure?.message}`);
  const health = await narrator.step('checkHealth production', () =>
    agent.call<{ status: string; servedVersions: string[] }>('checkHealth', { environment: 'production' }),
  );
  expect(
    health.servedVersions.join() === live.servedVersion,
    `production serves ${health.servedVersions.join()}`,
  );
  narrator.fact(`${health.status}, serving ${health.servedVersions.join()} again`);

  return closeBooks(stage, { requests: seen.requests, bad });
}

/** The board, the documents, the figures and the chain, as they were left behind. */
async function closeBooks(
  { narrator, scene, agent }: Stage,
  { requests, bad }: { requests: number; bad: Deployment['deployment'] },
): Promise<string[]> {
  narrator.chapter('6. What is left behind');
  const urgent = await agent.call<{ tasks: { id: string; title: string }[] }>('filterTasks', {
    agent: 'Task-Coder',
    type: 'urgent_fix',
    status: 'pending',
  });
  expect(urgent.tasks.length > 0, 'the rolled-back release left no fix task');
  const board = await changedEntries(scene);
  const metrics = await narrator.step('reportMetrics', () =>
    agent.call<{ deploymentFrequency: { count: number }; changeFailureRate: { percent?: number } }>(
      'reportMetrics',
      { window: '1h' },
    ),
  );
  const audit = await narrator.step('getAudit', () =>
    agent.call<{ chain: unknown; entries: { position: number }[] }>('getAudit', { limit: 1 }),
  );
  expect(audit.chain === 'intact', 'the audit chain is broken');
  expect(
    scene.messages.some(({ event }) => event === 'rolledBack'),
    'nobody was notified of the rollback',
  );
  return [
    `requests during the good switch: ${requests}, failed: 0`,
    `bad release ${bad.id}: ${bad.state}, ${bad.failure?.code}`,
    `open fix tasks: ${urgent.tasks.map(({ id, title }) => `${id} ${title}`).join('; ')}`,
    `tasks.json since 1.0: only ${board.join(', ')} changed, every other entry byte for byte the same`,
    `deployments: ${metrics.deploymentFrequency.count}, change failure rate ${metrics.changeFailureRate.percent ?? 0}%`,
    `notifications delivered: ${scene.messages.length} (${[...new Set(scene.messages.map(({ event }) => event))].join(', ')})`,
    `audit chain: intact, ${audit.entries[0]?.position ?? 0} entries`,
  ];
}

/** Ids of the entries that changed since 1.0. @throws StoryBroken when the text of any other entry changed */
async function changedEntries(scene: Scene): Promise<string[]> {
  const before = entriesOf(await scene.git('show', `${scene.firstCommit}:tasks.json`));
  const after = entriesOf(await scene.readFile('tasks.json'));
  const changed = [...after].filter(([id, text]) => before.get(id) !== text).map(([id]) => id);
  const finished = await scene.git('diff', '--numstat', scene.firstCommit, '--', 'tasks.json');
  const removedLines = Number(finished.split('\t')[1]);
  expect(
    [...before.keys()].every((id) => after.has(id)),
    'an entry of the board is gone',
  );
  // One line of an entry that was there is replaced for its status, and one where its message was empty.
  expect(removedLines <= 2 * changed.length, `${removedLines} lines of tasks.json were replaced`);
  return changed;
}

/** The exact text of each entry of the sample's board, by its id. */
function entriesOf(text: string): Map<string, string> {
  const entries = text
    .split(/^ {2}\{$/m)
    .slice(1)
    .map((entry) => entry.split(/^ {2}\}/m)[0] ?? '');
  return new Map(entries.map((entry) => [/"task_id": "([^"]+)"/.exec(entry)?.[1] ?? '', entry]));
}

async function review({ scene }: Stage): Promise<void> {
  await scene.person(['review', 'HEAD'], 'reviewer');
}

async function gate({ agent }: Stage, environment: string): Promise<Gate> {
  return agent.call<Gate>('evaluateGate', { environment, waitSeconds });
}

async function toStaging(stage: Stage, taskId?: string): Promise<void> {
  const verdict = await gate(stage, 'staging');
  expect(verdict.verdict === 'pass', `the staging gate is ${verdict.verdict}: ${explain(verdict)}`);
  const { deploymentId } = await stage.agent.call<Request>('deploy', { environment: 'staging', taskId });
  const { state, failure } = await ended(stage, deploymentId);
  expect(state === 'deployed', `staging is ${state}: ${failure?.message ?? ''}`);
}

async function toProduction(stage: Stage, taskId?: string): Promise<Request> {
  const { deploymentId } = await approvedDeployment(stage, taskId);
  const deployment = await ended(stage, deploymentId);
  expect(
    deployment.state === 'deployed',
    `production is ${deployment.state}: ${deployment.failure?.message ?? ''}`,
  );
  return deployment;
}

async function approvedDeployment(stage: Stage, taskId?: string): Promise<Request> {
  const verdict = await gate(stage, 'production');
  expect(verdict.verdict === 'pass', `the production gate is ${verdict.verdict}: ${explain(verdict)}`);
  const request = await stage.agent.call<Request>('deploy', {
    environment: 'production',
    taskId,
    waitSeconds: 20,
  });
  expect(
    request.state === 'waitingForApproval',
    `production did not ask for approval, it is ${request.state}`,
  );
  await stage.scene.person(['approve', request.approvalRequest?.requestId ?? ''], 'stakeholder');
  return request;
}

async function ended({ agent }: Stage, deploymentId: string): Promise<Deployment['deployment']> {
  return (await agent.call<Deployment>('getDeployment', { deploymentId, waitSeconds })).deployment;
}

function explain({ requirements }: Gate): string {
  return requirements
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ name, observed, reason }) => `${name}: ${observed}. ${reason}`)
    .join('\n');
}

const longestLoadMs = 80_000;
const requestsPerSecond = 300;
/** Customers who come again and again, and a crowd in which everybody comes once. */
const regulars = 5;
const crowdSize = 100_000;

function startLoad(load: Load, url: string, customers: number): { stop(): Promise<LoadResult> } {
  const ended = new AbortController();
  const result = load({
    url,
    durationMs: longestLoadMs,
    connections: 8,
    customers,
    requestsPerSecond,
    signal: ended.signal,
  });
  return {
    stop() {
      ended.abort();
      return result;
    },
  };
}

/** Takes every environment of the demo out of service and deletes its folder. */
async function endScene(scene: Scene): Promise<void> {
  const app = openApp({ projectDir: scene.projectDir, serverEnvironment: scene.environment });
  const project = await app.project();
  for (const name of Object.keys(project.config.environments)) {
    await project.target(name).stop({
      fence: { deploymentId: 'end-of-demo', number: Number.MAX_SAFE_INTEGER },
      log: () => undefined,
      signal: new AbortController().signal,
    });
  }
  await app.close();
  await scene.strike();
}
