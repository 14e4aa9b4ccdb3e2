import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/**
 * Secrets come in at every door at once: variables of the server, output and reports of checks, builds, commits, the
 * policy's commands, and what agent and person say. None of them may be left on a disk, in an answer or in a message.
 */

const random = (length: number) =>
  Array.from({ length }, () => 'abcdefghijkmnpqrstuvwxyz23456789'[Math.floor(Math.random() * 32)]).join('');
const variable = `v\u00e9${random(14)}"x`;
const declared = random(18);
const token = (at: string) => `ghp${'_'}${at}${random(34)}`;
const said = {
  task: token('01'),
  fix: token('02'),
  human: token('03'),
  reason: token('04'),
  commit: token('05'),
  build: token('06'),
  rejection: token('07'),
  set: token('08'),
};
const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const keyLines = key.split('\n').filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line));

/** A check that tells everything it knows: on its output, on its error output and in its report. */
const leak = `
import { writeFileSync, mkdirSync } from 'node:fs';
const { SHOP_TOKEN: token, OWN_NAME: declared } = process.env;
const key = ${JSON.stringify(key)};
console.log('using ' + token + ' and ' + declared);
console.error(key);
console.log(JSON.stringify({ password: token, key }));
mkdirSync('reports', { recursive: true });
const text = (token + ' ' + declared + '\\n' + key).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
writeFileSync('reports/unit.xml', '<testsuite name="s" tests="2"><testcase classname="a" name="works"/><testcase classname="a" name="connects with ' + declared + '"><failure message="refused">' + text + '</failure><system-out>' + text + '</system-out></testcase></testsuite>');
process.exit(1);
`;

let pocket: Pocket;
let agent: Agent;
const answers: string[] = [];

async function ask(tool: string, args: Record<string, unknown> = {}) {
  const answer = await agent.call(tool, args);
  answers.push(answer.text, JSON.stringify(answer.data));
  return answer.data;
}

beforeAll(async () => {
  pocket = await createPocket();
  pocket.environment.SHOP_TOKEN = variable;
  pocket.environment.OWN_NAME = declared;
  await fs.writeFile(path.join(pocket.dir, 'leak.mjs'), leak);
  const build = `echo "publishing with ${said.build}"; echo "password=${said.build}" >&2; exit 1\n`;
  await fs.writeFile(path.join(pocket.dir, 'build.sh'), build);
  await pocket.configure((config) => {
    config.secrets = ['OWN_NAME'];
    config.checks.unit = {
      run: 'node leak.mjs',
      report: { format: 'junit', path: 'reports/unit.xml' },
      passEnvironment: ['SHOP_TOKEN', 'OWN_NAME'],
    };
    config.environments.staging.gate = { unit: '100%' };
    config.environments.production.gate = {};
    delete config.environments.production.after;
    config.artifact = { build: 'sh build.sh' };
  });
  await pocket.commit({}, `Connect with ${said.commit}`);
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

const secrets = () => [
  variable,
  JSON.stringify(variable).slice(1, -1),
  declared,
  ...Object.values(said),
  ...keyLines,
  pocket.environment.POCKET_WEBHOOK_URL ?? '',
];

test('all that is said and printed goes its way', async () => {
  await ask('updateTask', {
    id: 'T-002',
    status: 'in_progress',
    note: `The token is ${said.task}`,
    set: { hint: { deep: [`use ${said.set}`] } },
  });
  await ask('createFixTask', {
    title: `Rotate ${said.fix}`,
    description: `${said.fix}\n${key}`,
    cause: { incidentId: 'I-1' },
  });
  await ask('requestHuman', {
    kind: 'decision',
    title: `Is ${said.human} ours?`,
    description: `It is ${said.human}`,
  });
  const gate = await ask('evaluateGate', { environment: 'staging', waitSeconds: 60 });
  expect(gate.verdict).toBe('fail');
  await ask('deploy', { environment: 'staging', taskId: 'T-001', waitSeconds: 30 });
  const failed = await ask('deploy', { environment: 'production', waitSeconds: 60 });
  expect(failed.state).toBe('failed');
  await ask('rollback', { environment: 'production', reason: `since ${said.reason} leaked` });
  await ask('getDeployment', { deploymentId: failed.deploymentId, log: { lines: 100 } });
  await ask('getAudit', { limit: 200 });
  await ask('filterTasks', { agent: '*', fields: ['id', 'title', 'description', 'hint'] });
  await pocket.cli(['approve', 'policy', '--reject', '--reason', `because of ${said.rejection}`]);
  for (const args of [['gate', 'staging'], ['audit', 'export'], ['status'], ['check']]) {
    const { stdout, stderr } = await pocket.cli(args);
    answers.push(stdout, stderr);
  }
  const { resources } = await agent.client.listResources();
  answers.push(JSON.stringify(resources));
  for (const { uri } of resources) answers.push(JSON.stringify(await agent.client.readResource({ uri })));
  await vi.waitFor(() => expect(pocket.messages.map(({ event }) => event)).toContain('failed'), {
    timeout: 20_000,
  });
});

test('no answer, resource or output of the command line has any of it', () => {
  const text = answers.join('\n');
  expect(secrets().filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).toContain('[redacted]');
});

test('no message has any of it', () => {
  const text = JSON.stringify(pocket.messages);
  expect(secrets().filter((secret) => text.includes(JSON.stringify(secret).slice(1, -1)))).toEqual([]);
});

test('no file that we write has any of it: records, logs, reports, tasks, requests, documents, notes', async () => {
  const found: string[] = [];
  let looked = 0;
  for (const entry of await fs.readdir(pocket.dir, { recursive: true, withFileTypes: true })) {
    const file = path.relative(pocket.dir, path.join(entry.parentPath, entry.name));
    // What the project says itself: its code, its policy, and git's copy of both.
    const theirs = /^(?:leak\.mjs|build\.sh|devops\.yaml|\.git\/.*)$/.test(file);
    if (!entry.isFile() || theirs) continue;
    looked += 1;
    const content = await fs.readFile(path.join(pocket.dir, file));
    for (const secret of secrets()) if (content.includes(secret)) found.push(`${file}: ${secret}`);
  }
  expect(found).toEqual([]);
  expect(looked).toBeGreaterThan(10);
  for (const written of [
    'tasks.json',
    'human-requests.md',
    '.devops/state.db',
    '.devops/evidence',
    '.devops/logs',
  ])
    await fs.access(path.join(pocket.dir, written));
  expect(await pocket.git('log', '--all', '--format=', '-p', 'refs/notes/devops-audit')).not.toContain(
    declared,
  );
});

test('the report is still one: it was read as it is kept', async () => {
  const { requirements } = (await agent.call('evaluateGate', { environment: 'staging', run: 'none' })).data;
  expect(requirements[0]).toMatchObject({
    verdict: 'fail',
    observed: expect.stringContaining('1 of 2 passed'),
  });
});
