import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/platform/process-host/ports.ts';
import { usePocket } from '../e2e/pocket.ts';

/** Monitoring, rollback and the order of environments, asked of real releases, a real board and a small Prometheus. */

const on = usePocket(
  ({ environments }) => {
    environments.staging.gate = {};
    environments.staging.strategy.bake = '200ms';
    environments.staging.health = { version: '$.version', interval: '50ms', healthyAfter: 2, timeout: '8s' };
    environments.production.gate = { monitoring: 'configured', rollback: 'verified' };
  },
  { here: true },
);

interface Requirement {
  name: string;
  verdict: string;
  observed: string;
  reason: string;
  remedy?: string;
}
async function requirement(name: string, ref = 'HEAD'): Promise<Requirement | undefined> {
  const { data } = await on.agent.call('evaluateGate', { environment: 'production', ref, run: 'none' });
  return (data.requirements as Requirement[]).find((one) => one.name === name);
}
const deploy = async (environment: string, ref = 'HEAD') =>
  (await on.agent.call('deploy', { environment, ref, waitSeconds: 90 })).data;
const rollBack = async (reason = 'rehearsal', to?: string) =>
  (await on.agent.call('rollback', { environment: 'staging', reason, to, waitSeconds: 90 })).data;

test('nothing passes that was never there', async () => {
  expect(await requirement('after')).toMatchObject({
    verdict: 'fail',
    observed: 'never deployed to staging',
  });
  expect(await requirement('monitoring')).toMatchObject({
    verdict: 'inconclusive',
    observed: 'nothing to ask',
  });
  expect(await requirement('rollback')).toMatchObject({ verdict: 'pass', observed: 'first release' });
});

describe('monitoring', () => {
  let prometheus: Server;
  let answer: { status: number; body: string };
  let asked: string | undefined;
  const rules = (...given: Record<string, unknown>[]) => ({
    status: 200,
    body: JSON.stringify({
      status: 'success',
      data: {
        groups: [{ name: 'g', rules: given.map((one) => ({ name: 'Down', type: 'alerting', ...one })) }],
      },
    }),
  });
  const watch = (alerts: Record<string, unknown> | undefined, analysis?: unknown) =>
    on.pocket.configure(({ environments }) => {
      environments.production.alerts = alerts;
      environments.production.strategy.analysis = analysis;
    });
  let url: string;

  beforeAll(async () => {
    await deploy('staging');
    prometheus = createServer((request, response) => {
      asked = request.url;
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}/prom/`;
  });
  afterAll(async () => {
    prometheus.close();
    await watch(undefined, { errorRate: '<= 50%', minRequests: 1 });
    await on.pocket.agree();
  });

  test('the analysis of the strategy watches too; without any rule nobody does', async () => {
    expect(await requirement('monitoring')).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('the analysis of the strategy'),
    });
    await watch(undefined);
    expect(await requirement('monitoring')).toMatchObject({
      verdict: 'fail',
      observed: 'no alert rule',
      remedy: expect.stringMatching(/alerts\.prometheus.*strategy\.analysis/),
    });
  });

  test('alert rules must really be evaluated by the Prometheus that is named', async () => {
    await watch({ prometheus: url });
    answer = rules({ health: 'ok', lastEvaluation: new Date().toISOString() });
    expect(await requirement('monitoring')).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('1 alert rule of Prometheus'),
    });
    expect(asked).toBe('/prom/api/v1/rules?type=alert');
    answer = rules({ health: 'err', lastError: 'unknown metric', lastEvaluation: new Date().toISOString() });
    expect(await requirement('monitoring')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('Down (health err (unknown metric))'),
    });
    await watch({ prometheus: url, rules: ['Slow'] });
    answer = rules({ health: 'ok', lastEvaluation: new Date().toISOString() });
    expect(await requirement('monitoring')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('no alerting rule Slow'),
    });
  });

  test('one that does not answer, or not as Prometheus, proves nothing', async () => {
    await watch({ prometheus: url }, { errorRate: '<= 50%' });
    answer = { status: 503, body: '' };
    expect(await requirement('monitoring')).toMatchObject({ verdict: 'inconclusive' });
    answer = { status: 200, body: '<html>' };
    expect(await requirement('monitoring')).toMatchObject({ verdict: 'inconclusive' });
    await watch({ prometheus: `http://127.0.0.1:${await freePort()}` });
    expect(await requirement('monitoring')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('rollback', () => {
  test('after the first release, the way back must have been walked where it can be', {
    timeout: 90_000,
  }, async () => {
    expect((await deploy('production')).state).toBe('deployed');
    const sha = await on.pocket.commit({}, 'second');
    const open = await requirement('rollback');
    expect(open).toMatchObject({ verdict: 'fail', observed: 'rollback not rehearsed' });
    expect(open?.remedy).toMatch(
      new RegExp(`staging has no release to go back to yet: deploy [0-9a-f]{40} there, then ${sha}`),
    );
    await deploy('staging');
    expect((await requirement('rollback'))?.remedy).toBe(
      `Call rollback {"environment": "staging", "reason": "rehearsal"}, follow it with getDeployment until it is deployed, then deploy {"environment": "staging", "ref": "${sha}"} again.`,
    );
    const { deploymentId } = await rollBack();
    expect(await requirement('rollback')).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining(`${deploymentId} went back on staging`),
    });
    expect(await requirement('after')).toMatchObject({ verdict: 'fail', observed: 'rolledBack on staging' });
    await deploy('staging');
    expect(await requirement('after')).toMatchObject({ verdict: 'pass' });
    const metrics = await on.agent.call('reportMetrics', { window: '1h' });
    expect(metrics.data.changeFailureRate.count).toBe(0);
  });

  test('a rehearsal counts for the kind of target it was made on, and for 90 days', async () => {
    const { default: Database } = await import('libsql');
    const database = new Database(`${on.pocket.dir}/.devops/state.db`);
    const update = (set: string, value: string, name: string) =>
      database.prepare(`update steps set ${set} = ? where name = ?`).run(value, name);
    const old = new Date(Date.now() - 91 * 24 * 60 * 60_000).toISOString();
    const [row] = database
      .prepare(`select finished_at from steps where name = 'verify' order by finished_at`)
      .all() as {
      finished_at: string;
    }[];
    update('finished_at', old, 'verify');
    expect(await requirement('rollback')).toMatchObject({
      verdict: 'fail',
      observed: 'rollback not rehearsed',
    });
    update('finished_at', row?.finished_at ?? '', 'verify');
    expect(await requirement('rollback')).toMatchObject({ verdict: 'pass' });
    update('result', '{"target":"command"}', 'restore');
    expect(await requirement('rollback')).toMatchObject({ verdict: 'fail' });
    update('result', '{"target":"process"}', 'restore');
    database.close();
  });

  test('a release that went back by itself is a rehearsal too', async () => {
    const { default: Database } = await import('libsql');
    const database = new Database(`${on.pocket.dir}/.devops/state.db`);
    database.prepare(`update steps set result = null where name = 'restore'`).run();
    database.close();
    expect(await requirement('rollback')).toMatchObject({ verdict: 'fail' });
    await on.pocket.configure(({ environments }) => {
      environments.staging.health.timeout = '1s';
    });
    await on.pocket.agree();
    const good = await on.pocket.git('rev-parse', 'HEAD');
    await on.pocket.commit({ liesAboutVersion: '1.2.3' });
    expect((await deploy('staging')).state).toBe('rolledBack');
    expect(await requirement('rollback', good)).toMatchObject({ verdict: 'pass' });
    expect(await requirement('after', good)).toMatchObject({ verdict: 'pass' });
    await on.pocket.commit({}, 'good again');
  });
});

describe('after', () => {
  test('holds while it is live and well, and when a later good release took its place', async () => {
    const first = await deploy('staging');
    expect(await requirement('after')).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('live and healthy'),
    });
    await on.pocket.commit({}, 'third');
    const second = await deploy('staging');
    expect(await requirement('after', first.commit)).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining(`replaced by ${second.to}`),
    });
  });

  test('ends with a rollback past it, and with a release that is ill now', { timeout: 90_000 }, async () => {
    const [third, second] = (await on.pocket.git('log', '-2', '--format=%H')).split('\n');
    await on.pocket.commit({}, 'fourth');
    await deploy('staging');
    await rollBack('wrong', second);
    expect(await requirement('after', third)).toMatchObject({
      verdict: 'fail',
      observed: 'no longer live on staging',
    });
    expect(await requirement('after', second)).toMatchObject({ verdict: 'pass' });
    const illness = path.join(on.pocket.dir, '.git', 'illness');
    await on.pocket.commit({ illWhileThereIs: illness }, 'falls ill later');
    expect((await deploy('staging')).state).toBe('deployed');
    expect(await requirement('after')).toMatchObject({ verdict: 'pass' });
    await fs.writeFile(illness, '');
    expect(await requirement('after')).toMatchObject({ observed: 'not healthy on staging' });
    await fs.rm(illness);
  });

  test('ends when the environment is taken out of service', async () => {
    await on.pocket.commit({}, 'fifth');
    await deploy('staging');
    await on.pocket.command(['down', 'staging']);
    expect(await requirement('after')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('taken out of service'),
    });
  });
});
