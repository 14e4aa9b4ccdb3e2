import { afterAll, beforeAll, expect, test } from 'vitest';
import { resourceFamilies } from '../../src/resources/index.ts';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';

let pocket: Pocket;
let agent: Agent;
let deploymentId: string;

beforeAll(async () => {
  pocket = await createPocket();
  agent = await pocket.connect();
  const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 30 });
  deploymentId = data.deploymentId;
  await agent.call('requestHuman', { kind: 'decision', title: 'Well?', description: 'x' });
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

const read = async (uri: string) => {
  const [content] = (await agent.client.readResource({ uri })).contents;
  return { mimeType: content?.mimeType, text: (content as { text: string }).text };
};

test('every family can be read, by a listed URI or by its template', async () => {
  const { deployment } = (await agent.call('getDeployment', { deploymentId })).data;
  const evidence = await import('node:fs/promises').then(({ readdir }) =>
    readdir(`${pocket.dir}/.devops/evidence`),
  );
  const uris: Record<string, [uri: string, contains: string]> = {
    task: ['tasks://T-002', '"task_id": "T-002"'],
    deployment: [`deployments://${deploymentId}`, '"state": "deployed"'],
    'deployment-log': [`deployments://${deploymentId}/log`, '[activate] done'],
    'post-mortem-draft': [`deployments://${deploymentId}/post-mortem`, '## Timeline'],
    'release-notes-draft': [`deployments://${deploymentId}/release-notes`, 'deployed on staging'],
    environment: ['environments://staging', `"deploymentId": "${deploymentId}"`],
    gate: [`gates://${deployment.gateId}`, '"verdict": "pass"'],
    evidence: [`evidence://sha256:${evidence[0]}`, ''],
    'deployment-document': ['docs://deployment-log.md', deploymentId],
    'human-request': ['human-requests://REQ-1001', 'Well?'],
    policy: ['policy://current', '"policyDigest": "sha256:'],
    'dora-metrics': ['metrics://dora', 'deploymentFrequency'],
  };
  expect(Object.keys(uris).sort()).toEqual(resourceFamilies.map(({ name }) => name).sort());
  for (const [uri, contains] of Object.values(uris)) expect((await read(uri)).text, uri).toContain(contains);
});

test('what is listed can be read', async () => {
  const { resources } = await agent.client.listResources();
  expect(resources.length).toBeGreaterThan(4);
  for (const { uri, mimeType } of resources) expect((await read(uri)).mimeType).toBe(mimeType);
});

test('no name leads anywhere else, and the unknown is an error with its name', async () => {
  for (const uri of [
    'docs://../../etc/passwd',
    'docs://..%2F..%2Fetc%2Fpasswd',
    'docs://devops.yaml',
    'evidence://../../../etc/passwd',
    'environments://__proto__',
    'tasks://T-999',
    'deployments://dep-none',
    'deployments://',
    'nothing://x',
    'tasks://%E0%A4%A',
  ]) {
    await expect(agent.client.readResource({ uri }), uri).rejects.toThrow(/UNKNOWN_RESOURCE|-32602/);
  }
});

test('arguments complete to what exists', async () => {
  const complete = async (name: string, value: string) =>
    (
      await agent.client.complete({
        ref: { type: 'ref/prompt', name: 'deploy-to-staging' },
        argument: { name, value },
      })
    ).completion.values;
  expect(await complete('environment', 'st')).toEqual(['staging']);
  expect(await complete('taskId', 'T-00')).toEqual(expect.arrayContaining(['T-002']));
  expect((await complete('commit', '')).length).toBeGreaterThan(0);
  expect(await complete('constructor', '')).toEqual([]);
});
