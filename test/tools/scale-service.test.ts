import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';
import { useDocker } from '../testbed/use-docker.ts';

/** More instances of a service that Docker Compose runs, asked for by an agent, within what policy allows. */

// Each call of docker-compose costs a second, and five times as much on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 });

const docker = useDocker();
let pocket: Pocket;
let agent: Agent;

const proxy = `import { createServer, request } from 'node:http';
createServer((incoming, answer) => {
  const call = request({ host: 'web', port: 8080, path: incoming.url, agent: false }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  call.on('error', () => answer.writeHead(502).end());
  call.end();
}).listen(8080);
`;

beforeAll(async () => {
  if (!docker.runs) return;
  pocket = await createPocket();
  Object.assign(pocket.environment, docker.environment);
  await pocket.edit('service.mjs', (text) => text.replace("'127.0.0.1'", "'0.0.0.0'"));
  await fs.writeFile(path.join(pocket.dir, 'proxy.mjs'), proxy);
  await fs.writeFile(
    path.join(pocket.dir, 'Dockerfile'),
    'FROM testbed/node\nCOPY . /service/\nCMD ["/usr/bin/node", "service.mjs"]\n',
  );
  const front = {
    image: 'testbed/node',
    command: ['/usr/bin/node', '/proxy/proxy.mjs'],
    volumes: ['./proxy.mjs:/proxy/proxy.mjs:ro'],
    ports: [`127.0.0.1:${pocket.ports.staging}:8080`],
  };
  const services = { front, web: { image: 'replaced', environment: ['PORT=8080'] } };
  await fs.writeFile(path.join(pocket.dir, 'compose.yaml'), JSON.stringify({ services }));
  await pocket.configure(({ environments }) => {
    environments.staging = {
      target: {
        kind: 'compose',
        url: `http://127.0.0.1:${pocket.ports.staging}`,
        service: 'web',
        dockerfile: 'Dockerfile',
        scalable: { web: 3, front: 2 },
        passEnvironment: Object.keys(docker.environment),
      },
      strategy: { kind: 'allAtOnce', bake: '300ms' },
      health: { version: '$.version', interval: '200ms', healthyAfter: 2, timeout: '20s' },
    };
  });
  await pocket.commit({}, 'with Compose');
  agent = await pocket.connect();
});
afterAll(async () => {
  if (!docker.runs) return;
  await agent?.close();
  await pocket.cli(['down', 'staging']);
  await pocket.destroy();
});

const scale = async (replicas: number, others: Record<string, unknown> = {}) =>
  (
    await agent.call('scaleService', {
      environment: 'staging',
      service: 'web',
      replicas,
      waitSeconds: 100,
      ...others,
    })
  ).data;
const running = async () => {
  const label = 'label=com.docker.compose.service=web';
  const ids = await docker.docker('ps', '--quiet', '--filter', label);
  return ids === '' ? 0 : ids.split('\n').length;
};

test('a target that cannot, a service that may not and too many are refused by name', async () => {
  expect((await scale(2, { environment: 'production' })).error).toMatchObject({
    code: 'NOT_SCALABLE',
    message: expect.stringMatching(/the process target of production cannot .*; compose.* targets can/),
    remedy: expect.stringContaining('Scale one of these environments: staging.'),
  });
  expect((await scale(2, { service: 'db' })).error).toMatchObject({
    code: 'NOT_SCALABLE',
    remedy: 'Name one of: web, front.',
  });
  expect((await scale(4)).error).toMatchObject({
    code: 'NOT_SCALABLE',
    message: 'staging allows 3 instances of web at most, not 4',
  });
  expect((await scale(2)).error).toMatchObject({
    code: 'NOT_SCALABLE',
    message: 'nothing is live on staging',
  });
});

test('scaled through gate, lock, journal and audit; the next release has as many; what fails is taken back', async () => {
  const deployed = await agent.call('deploy', { environment: 'staging', waitSeconds: 100 });
  expect(deployed.text).toContain('deployed');
  const done = await scale(3, { reason: 'a sale begins' });
  expect(done).toMatchObject({
    state: 'deployed',
    runbook: { name: 'scaleService', parameters: { service: 'web', replicas: 3 } },
  });
  expect(await running()).toBe(3);
  const { data } = await agent.call('getDeployment', { deploymentId: done.deploymentId });
  expect(data.deployment.steps.map(({ name }: { name: string }) => name).slice(0, 5)).toEqual([
    ...['gate', 'admit', 'plan', 'apply', 'verify'],
  ]);
  const audit = (await agent.call('getAudit', { subject: done.deploymentId })).data;
  expect(JSON.stringify(audit.entries)).toContain('a sale begins');
  await pocket.commit({}, 'the next release');
  const next = await agent.call('deploy', { environment: 'staging', waitSeconds: 100 });
  expect(next.text).toContain('deployed');
  expect(await running()).toBe(3);
  // Two instances cannot both have the published port.
  expect(await scale(2, { service: 'front' })).toMatchObject({
    state: 'rolledBack',
    failure: { code: 'TARGET_FAILED', step: 'apply' },
  });
  expect(await scale(1)).toMatchObject({ state: 'deployed' });
  expect(await running()).toBe(1);
});

test('a freeze keeps it out as it keeps releases out', async () => {
  await pocket.configure(({ environments }) => {
    environments.staging.freeze = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map(
      (day, index, days) => ({
        from: `${day} 00:00`,
        to: `${days[(index + 1) % 7]} 00:00`,
      }),
    );
  });
  expect(await scale(2)).toMatchObject({ state: 'failed', refused: { code: 'FROZEN' } });
  expect(await running()).toBe(1);
});
