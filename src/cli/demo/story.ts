import { pathToFileURL } from 'node:url';
import { path } from '../../platform/files.ts';
import { packageDir } from '../../platform/self.ts';
import { closeBooks } from './books.ts';
import type { Deployment, Gate, Load, LoadResult, Request, Stage } from './cast.ts';
import { expect } from './narrator.ts';

const waitSeconds = 60;

/** The mission from beginning to end. @returns the lines of the summary; throws StoryBroken */
export async function tell(stage: Stage): Promise<string[]> {
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
  expect(red.escalation !== undefined, 'the failed gate escalated to nobody');
  narrator.fact(
    `fix task ${red.fixTasks?.join(', ')} for Task-Coder; ${red.escalation} asks the Product-Manager to weigh the risk`,
  );
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
  const back = await narrator.step('rehearse the way back: roll staging back, and forward again', () =>
    rehearse(stage),
  );
  narrator.fact(`staging went back to ${back} and forward again; without that, production would stay shut`);

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

/** Production asks for a rollback that was really done. @returns the version that staging went back to */
async function rehearse(stage: Stage): Promise<string> {
  const { agent } = stage;
  const { deploymentId } = await agent.call<Request>('rollback', {
    environment: 'staging',
    reason: 'rehearsal',
  });
  const { state, servedVersion, failure } = await ended(stage, deploymentId);
  expect(state === 'deployed', `the rehearsal is ${state}: ${failure?.message ?? ''}`);
  await toStaging(stage);
  return servedVersion ?? '';
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
