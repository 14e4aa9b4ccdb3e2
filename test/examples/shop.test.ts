import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../src/config/schema.ts';
import { copyShop, evidenceIn, load, type ShopCopy, shopDir } from './shop-copy.ts';

/** The sample service does what the demo and the end-to-end tests rely on, as real processes. */

const green = { failed: 0, errored: 0, skipped: 0, flaky: 0, failures: [] };

describe('release 1.0', () => {
  let shop: ShopCopy;
  beforeAll(async () => {
    shop = await copyShop();
  });
  afterAll(() => shop.remove());

  test.each([
    ['test:unit', 'reports/unit.xml', 25],
    ['test:regression', 'reports/regression.xml', 20],
  ])('%s is green and leaves JUnit in %s', async (script, file, atLeast) => {
    const { exitCode } = await shop.npmRun(script);
    expect(exitCode).toBe(0);
    const { format, conclusive, problems, tests } = await shop.report(file);
    expect({ format, conclusive, problems }).toEqual({ format: 'junit', conclusive: true, problems: [] });
    expect(tests).toMatchObject(green);
    expect(tests?.passed).toBeGreaterThanOrEqual(atLeast);
  });

  test.each(['test:smoke', 'test:sanity'])('%s is green and writes TAP and nothing else', async (script) => {
    const { exitCode, stdout } = await shop.run(script);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^TAP version 13\n/);
    expect(stdout).toMatch(/^1\.\.6$/m);
    const { format, conclusive, problems, tests } = await evidenceIn(stdout);
    expect({ format, conclusive, problems }).toEqual({ format: 'tap', conclusive: true, problems: [] });
    expect(tests).toEqual({ ...green, passed: 6 });
  });

  test('smoke, sanity and load go against TARGET_URL, and fail where nothing answers', async () => {
    const service = await shop.startService({ environment: { DEVOPS_VERSION: '1.0-here' } });
    const environment = { TARGET_URL: service.url, DEVOPS_VERSION: '1.0-here', LOAD_DURATION_MS: '500' };
    const [smoke, sanity, performance] = await Promise.all(
      ['test:smoke', 'test:sanity', 'performance'].map((script) => shop.run(script, environment)),
    );
    const served = await (await fetch(`${service.url}/metrics`)).text();
    expect(await service.stop()).toBe(0);
    const gone = await shop.run('test:smoke', environment);

    expect([smoke?.exitCode, sanity?.exitCode, performance?.exitCode, gone.exitCode]).toEqual([0, 0, 0, 1]);
    expect(served).toMatch(/^http_requests_total\{route="\/healthz",method="GET",status="200"\} [1-9]/m);
    expect(Number(/^orders_total (\d+)$/m.exec(served)?.[1])).toBeGreaterThan(5);
    expect((await evidenceIn(gone.stdout)).tests?.failed).toBeGreaterThan(0);
  });

  test('another version than the deployed one fails the smoke test', async () => {
    const service = await shop.startService({ environment: { DEVOPS_VERSION: 'old' } });
    const { exitCode, stdout } = await shop.run('test:smoke', {
      TARGET_URL: service.url,
      DEVOPS_VERSION: 'new',
    });
    await service.stop();
    expect(exitCode).toBe(1);
    const { tests } = await evidenceIn(stdout);
    expect(tests?.failures.map(({ name }) => name)).toEqual(['it serves the version that was deployed']);
  });

  // Again where something else had the machine in the meantime: the limits are those of a machine that is free.
  test('performance measures real requests within the limits of production', { retry: 2 }, async () => {
    const { exitCode, stdout } = await shop.run('performance', { LOAD_DURATION_MS: '700' });
    expect(exitCode).toBe(0);
    const { conclusive, metrics } = await evidenceIn(stdout, 'metrics');
    expect(conclusive).toBe(true);
    expect(Object.keys(metrics ?? {})).toEqual(['p50', 'p95', 'p99', 'errorRate', 'throughput']);
    expect(metrics?.errorRate).toMatchObject({ value: 0, unit: '%' });
    expect(metrics?.p99?.unit).toBe('ms');
    expect(metrics?.p99?.value).toBeLessThan(250);
    expect(metrics?.throughput?.samples).toBeGreaterThan(50);
  });

  test('performance against nothing is no pass', async () => {
    const { stdout } = await shop.run('performance', {
      TARGET_URL: 'http://127.0.0.1:9',
      LOAD_DURATION_MS: '200',
    });
    const { conclusive, metrics } = await evidenceIn(stdout, 'metrics');
    expect(conclusive).toBe(false);
    expect(metrics?.errorRate?.value).toBe(100);
  });

  test('scan finds nothing in the shop, and what is put there', async () => {
    const clean = await shop.run('scan');
    expect(clean.exitCode).toBe(0);
    const { runs } = JSON.parse(clean.stdout) as Sarif;
    expect(runs[0].tool.driver.rules.length).toBeGreaterThanOrEqual(6);
    expect(runs[0].invocations).toMatchObject([{ executionSuccessful: true }]);
    expect(runs[0].artifacts.map(({ location }) => location.uri)).toContain('src/server.js');
    expect(await evidenceIn(clean.stdout)).toMatchObject({
      format: 'sarif',
      conclusive: true,
      findings: { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 },
    });

    const bad = path.join(shop.dir, 'src/bad.js');
    await fs.writeFile(bad, "export const run = (text) => eval(text);\nserver.listen(80, '0.0.0.0');\n");
    const dirty = await shop.run('scan');
    await fs.rm(bad);
    expect(dirty.exitCode).toBe(1);
    expect(await evidenceIn(dirty.stdout)).toMatchObject({
      findings: { critical: 1, high: 0, medium: 0, low: 1, unknown: 0 },
      findingList: [
        { rule: 'dynamic-code', place: 'src/bad.js:1' },
        { rule: 'listens-everywhere', place: 'src/bad.js:2' },
      ],
    });
  });

  test('two processes that share a data folder see the orders of each other', async () => {
    const shared = await fs.mkdtemp(path.join(shop.dir, 'shared-'));
    const [blue, green] = await Promise.all([
      shop.startService({ dataFolder: shared }),
      shop.startService({ dataFolder: shared }),
    ]);
    const [placedAtBlue, placedAtGreen] = await Promise.all([placeOrder(blue.url), placeOrder(green.url)]);
    expect(await (await fetch(`${green.url}/orders/${placedAtBlue.id}`)).json()).toEqual(placedAtBlue);
    expect(await (await fetch(`${blue.url}/orders/${placedAtGreen.id}`)).json()).toEqual(placedAtGreen);
    expect(await Promise.all([blue.stop(), green.stop()])).toEqual([0, 0]);
  });
});

test('release 1.1 has exactly one red unit test before the fix, and none after it', async () => {
  const shop = await copyShop('discounts-broken');
  const broken = await shop.run('test:unit');
  const { conclusive, tests } = await shop.report('reports/unit.xml');
  expect(broken.exitCode).toBe(1);
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ failed: 1, errored: 0 });
  expect(tests?.failures[0]).toMatchObject({
    name: expect.stringContaining('the order discount is rounded to the cent'),
    message: expect.stringContaining('542'),
  });

  await shop.apply('discounts-fixed');
  expect((await shop.run('test:unit')).exitCode).toBe(0);
  expect((await shop.report('reports/unit.xml')).tests).toMatchObject({
    ...green,
    passed: expect.any(Number),
  });
  await shop.remove();
});

test('release 1.2 passes every check, is healthy at first, and fails under many customers', async () => {
  const shop = await copyShop('discounts-broken', 'discounts-fixed', 'memory-bug');
  const scripts = ['test:unit', 'test:smoke', 'test:sanity', 'test:regression', 'scan'];
  const runs = await Promise.all(scripts.map((script) => shop.run(script)));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
  const service = await shop.startService();
  const atStaging = await load({ url: service.url, durationMs: 500, customers: 5 });
  const atFirst = await load({ url: service.url, durationMs: 500, customers: 5_000, requestsPerSecond: 400 });
  await expect
    .poll(
      async () => {
        const { errors, requests } = await load({ url: service.url, durationMs: 2_000, customers: 5_000 });
        return errors / requests;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0.2);
  const health = await fetch(`${service.url}/healthz`);
  await service.stop();
  await shop.remove();

  expect(atStaging.errors).toBe(0);
  expect(atFirst.errors).toBe(0);
  expect(atFirst.requests).toBeGreaterThan(20); // 200 are sent; a busy machine answers fewer in time
  expect(health.status).toBe(200);
});

describe('the load', () => {
  test('keeps its pace, and ends when it is told to', async () => {
    const shop = await copyShop();
    const service = await shop.startService();
    const ended = AbortSignal.timeout(600);
    const startedAt = performance.now();
    const figures = await load({
      url: service.url,
      durationMs: 20_000,
      customers: 5,
      requestsPerSecond: 200,
      signal: ended,
    });
    await service.stop();
    await shop.remove();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(figures.errors).toBe(0);
    expect(figures.throughput).toBeLessThan(230);
    expect(figures.p50Ms).toBeGreaterThan(0);
    expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p95Ms);
  });
});

describe('the files of the project', () => {
  test('devops.yaml is valid, and its checks are scripts of the package', async () => {
    const text = await fs.readFile(path.join(shopDir, 'devops.yaml'), 'utf8');
    const { data: config, error } = configSchema.safeParse(parse(text));
    expect(error?.issues).toBeUndefined();
    expect(Object.keys(config?.environments ?? {})).toEqual(['development', 'staging', 'production']);
    const { scripts } = JSON.parse(await fs.readFile(path.join(shopDir, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const { run } of Object.values(config?.checks ?? {})) {
      expect(scripts).toHaveProperty([(run ?? '').replace('npm run --silent ', '')]);
    }
    for (const { gate } of Object.values(config?.environments ?? {})) {
      const { review, monitoring, rollback, ...checks } = gate;
      for (const name of Object.keys(checks)) expect(config?.checks).toHaveProperty(name);
    }
    expect(text.match(/^\s+port: \d+$/gm)).toHaveLength(3);
  });

  test('tasks.json has forty tasks, six of them for us', async () => {
    const text = await fs.readFile(path.join(shopDir, 'tasks.json'), 'utf8');
    const tasks = JSON.parse(text) as Record<'task_id' | 'type' | 'status' | 'agent', string>[];
    expect(`${JSON.stringify(tasks, undefined, 2)}\n`).toBe(text);
    expect(new Set(tasks.map(({ task_id }) => task_id)).size).toBe(40);
    const ours = tasks.filter(
      ({ agent, status, type }) =>
        agent === 'DevOps-Engineer' &&
        status === 'pending' &&
        /^(deployment|infrastructure|monitoring)_/.test(type),
    );
    expect(ours.map(({ type }) => type).sort()).toEqual([
      'deployment_production',
      'deployment_rollback',
      'deployment_staging',
      'infrastructure_scaling',
      'infrastructure_update',
      'monitoring_setup',
    ]);
  });
});

interface Sarif {
  runs: [
    {
      tool: { driver: { rules: unknown[] } };
      invocations: unknown[];
      artifacts: { location: { uri: string } }[];
    },
  ];
}

async function placeOrder(url: string): Promise<{ id: string }> {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ sku: 'note-a5', quantity: 2 }] }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string };
}
