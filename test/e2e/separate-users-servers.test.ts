import { existsSync, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { overrideNamespace } from '../../src/approvals/override-statement.ts';
import { policyNamespace } from '../../src/approvals/policy-statement.ts';
import { approvalNamespace } from '../../src/approvals/statement.ts';
import { signStatement } from '../../src/platform/signatures.ts';
import { createTwoUsers, type TwoUsers, whyNotHere } from '../testbed/two-users.ts';

/**
 * The mode that holds against an agent with a shell: the server runs as another user, and the agent reaches it as MCP
 * alone. Everything here is real: users, sshd, the script that sets it up, an MCP session through it. The commit that is
 * deployed tries from inside of its tests what the agent tries by hand.
 */

if (whyNotHere !== undefined) console.warn(`SKIPPED: separate users are not tested: ${whyNotHere}.`);

const secret = 'tok-4Fz81kQ2nW7r';

const generous = { timeout: 300_000 }; // programs start slowly where many do

describe.skipIf(whyNotHere !== undefined)('with a server of another user', generous, () => {
  let two: TwoUsers;
  let client: Client;
  let target: Server;
  let requestId: string;
  let productionId: string;

  beforeAll(async () => {
    let live = '';
    target = createServer((request, response) => {
      const file = path.join(live, request.url?.split('/')[1] ?? '');
      if (existsSync(file)) response.end(JSON.stringify({ version: readFileSync(file, 'utf8').trim() }));
      else response.writeHead(503).end();
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address() as AddressInfo;
    two = await createTwoUsers(async (project, places) => {
      live = places.live;
      await fs.writeFile(path.join(project, 'devops.yaml'), policy(places, port));
      await fs.writeFile(path.join(project, 'tasks.json'), JSON.stringify([task('T-001'), task('T-002')]));
      await fs.writeFile(path.join(project, 'human-requests.md'), '');
      await fs.writeFile(path.join(project, '.gitignore'), '.devops\n');
      await fs.writeFile(path.join(project, 'unit.test.mjs'), malice(places));
      await fs.writeFile(
        path.join(project, '.approvers'),
        `sam@shop.example ${await fs.readFile(path.join(project, '../keys/sam.pub'), 'utf8')}`,
      );
      const git = (...args: string[]) => execa('git', ['-C', project, ...args]);
      await git('init', '--quiet', '--initial-branch=main');
      await git('config', 'user.name', 'Ada');
      await git('config', 'user.email', 'ada@shop.example');
      await git('add', '--all');
      await git('commit', '--quiet', '--message', 'first');
    });
    client = await two.connect();
  }, generous.timeout);
  afterAll(async () => {
    await client?.close();
    target?.close();
    await two?.destroy();
  });

  async function call(name: string, args: Record<string, unknown>) {
    const result = await client.callTool({ name, arguments: args }, { timeout: 120_000 });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into results of every tool
    return { text: JSON.stringify(result), data: result.structuredContent as any };
  }

  test('the script says what it does, and changes nothing the second time', async () => {
    expect(two.said).toMatch(/made user .*-deployer[\s\S]*is written by[\s\S]*MCP client starts: ssh -T/);
    const before = await shape();
    expect(await two.setUp()).not.toMatch(/made /);
    expect(await shape()).toBe(before);
  });

  async function shape(): Promise<string> {
    const folders = [two.places.project, two.places.tasks, two.places.etc, two.places.home];
    const { stdout } = await execa('find', [
      ...folders,
      '-not',
      '-path',
      '*/.devops/*',
      '-printf',
      '%p %u %g %m\n',
    ]);
    return stdout.split('\n').sort().join('\n');
  }

  test('both write the task board', async () => {
    expect((await call('filterTasks', {})).data.total).toBe(2);
    const { tasks } = two.places;
    const added = await two.asAgent(
      `cd ${tasks} && node -e 'const f="tasks.json",fs=require("fs"),t=JSON.parse(fs.readFileSync(f));t.push({...t[0],id:"T-003"});fs.writeFileSync("new",JSON.stringify(t));fs.renameSync("new",f)' && chmod 660 tasks.json`,
    );
    expect(added).toMatchObject({ exitCode: 0 });
    const updated = await call('updateTask', { id: 'T-003', status: 'in_progress' });
    expect(updated.data.task).toMatchObject({ id: 'T-003', status: 'in_progress' });
    expect(await two.asAgent(`echo >> ${tasks}/tasks.json`)).toMatchObject({ exitCode: 0 });
    expect((await call('filterTasks', { status: '*', agent: '*' })).data.total).toBe(3);
  });

  test('the agent deploys to staging, and asks for production', async () => {
    const gate = (await call('evaluateGate', { environment: 'staging', waitSeconds: 60 })).data;
    expect([gate.verdict, gate.requirements]).toEqual(['pass', expect.anything()]);
    const staging = await call('deploy', { environment: 'staging', taskId: 'T-001', waitSeconds: 60 });
    expect(staging.data).toMatchObject({ state: 'deployed' });
    const { data } = await call('deploy', { environment: 'production', waitSeconds: 60 });
    expect(data).toMatchObject({ state: 'waitingForApproval' });
    ({ requestId } = data.approvalRequest);
    productionId = data.deploymentId;
  });

  test('nothing that the agent can do by hand reaches further', async () => {
    const { project, etc, program, home, tasks } = two.places;
    const { server } = two.users;
    const pid = (await execa('pgrep', ['-u', server, '-f', ' stdio --project'])).stdout.split('\n')[0] ?? '';
    expect(pid).toMatch(/^\d+$/);
    const node = process.execPath;
    const own = `${node} ${program} --project ${project}`;
    const attempts: Record<string, string> = {
      'read the secrets': `cat ${etc}/secrets`,
      'read them from the environment of the server': `cat /proc/${pid}/environ`,
      'read the memory of the server': `head -c 1 /proc/${pid}/mem`,
      'write into its memory': `: > /proc/${pid}/mem`,
      'look into its open files': `ls /proc/${pid}/fd`,
      'end the server': `kill -9 ${pid}`,
      'stop the server': `kill -STOP ${pid}`,
      'read the state': `cat ${project}/.devops/state.db`,
      'look into the project': `ls ${project}`,
      'write the state': `: >> ${project}/.devops/state.db`,
      'write the policy': `: >> ${project}/devops.yaml`,
      'exchange the policy': `mv ${project}/devops.yaml /tmp/`,
      'add a signer': `: >> ${project}/.approvers`,
      'write an answer of a person': `: >> ${project}/human-requests.md`,
      'plant a hook': `: > ${project}/.git/hooks/post-checkout`,
      'write a note': `git -C ${project} notes --ref=devops-audit add -m x HEAD`,
      'write into checkouts': `: > ${project}/.devops/worktrees/x`,
      'write into prepared folders': `mkdir -p ${project}/.devops/prepared/x`,
      'exchange an artifact': `: > ${project}/.devops/artifacts/x`,
      'exchange the program': `: >> ${program}`,
      'put a file beside the program': `: > ${path.dirname(program)}/evil.js`,
      'exchange the launcher': `mv ${etc}/serve /tmp/ || echo x >> ${etc}/serve`,
      'put a program on the PATH': `: > /usr/local/bin/git || : > $(dirname ${node})/git`,
      'let itself in': `: >> ${home}/.ssh/authorized_keys`,
      'read the key of the checks': `cat ${home}/checks-key`,
      'run code as the checks': `${two.sshLine(two.keys.agent).replace(server, `${two.name}-checks`)} id`,
      'become the server': `su ${server} -c id`,
      'approve by hand': `${own} approve ${requestId}`,
      'deploy by hand': `${own} deploy production --wait 20`,
      'run a deployment': `${own.replace(' --project', ' internal run deployment x --project')}`,
      'exchange the folder of the tasks': `mv ${tasks} ${tasks}-old`,
      'link hard to a file of the server': `ln ${etc}/secrets ${tasks}/hard`,
    };
    const succeeded: string[] = [];
    for (const [what, line] of Object.entries(attempts)) {
      const { exitCode, stdout } = await two.asAgent(line);
      expect(stdout, what).not.toContain(secret);
      if (exitCode === 0) succeeded.push(what);
    }
    expect(succeeded).toEqual([]);
    await expect(fs.access(path.join(project, '.devops/prepared/x'))).rejects.toThrow();
  });

  test('nothing that the agent sends through the launcher reaches further', async () => {
    const evil = `/home/${two.users.agent}/evil.cjs`;
    const mark = `/tmp/${two.name}-was-here`;
    const { project } = two.places;
    await two.asAgent(
      `echo 'require("fs").writeFileSync("${mark}", "")' > ${evil} && chmod 755 /home/${two.users.agent} && chmod 644 ${evil}`,
    );
    const variables = [
      `NODE_OPTIONS=--require=${evil}`,
      `"LC_ALL=$(touch ${mark})"`,
      `GIT_DIR=/home/${two.users.agent}`,
      `PATH=/home/${two.users.agent}`,
      `ENV=${evil}`,
      `LD_PRELOAD=${evil}`,
      `DEVOPS_CLEAN=yes`,
    ];
    const set = `-o 'SetEnv=${variables.join(' ')}'`; // and this sshd accepts them all
    // Each of them is answered as MCP, whatever was asked for.
    const hello = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    });
    const asked = [
      `${two.sshLine(two.keys.agent, set)} id`,
      `${two.sshLine(two.keys.agent)} "touch ${mark}"`,
      `${two.sshLine(two.keys.agent)} "devops-engineer approve ${requestId}"`,
      `${two.sshLine(two.keys.agent)} "stdio --project /etc; cat ${two.places.etc}/secrets"`,
      `${two.sshLine(two.keys.agent, '-s')} sftp`,
    ];
    for (const line of asked) {
      const { stdout, stderr } = await two.asAgent(line, `${hello}\n`);
      expect(stdout, `${line}\n${stderr}`).toContain('"serverInfo"');
      expect(stdout, line).not.toMatch(/uid=|approved|tok-/);
      expect(existsSync(mark), line).toBe(false);
    }
    const terminal = await two.asAgent(`timeout 20 ${two.sshLine(two.keys.agent, '-tt')} sh`, 'id\n');
    expect(terminal.stderr).toContain('PTY allocation request failed');
    expect(terminal.stdout).not.toContain('uid=');
    const forward = two.sshLine(two.keys.agent, '-N -o ExitOnForwardFailure=yes -R 0:127.0.0.1:22');
    expect((await two.asAgent(forward)).stderr).toContain('remote port forwarding failed');
    const answer = (await call('getDeployment', { deploymentId: productionId })).data.deployment;
    expect(answer.state).toBe('waitingForApproval');
    await two.asAgent(`rm ${evil}`);
    expect(existsSync(path.join(project, 'id'))).toBe(false);
  });

  test('links, pipes and folders in the place of the task board lead nowhere', async () => {
    const { tasks, project, etc } = two.places;
    const before = await fs.readFile(path.join(project, 'devops.yaml'), 'utf8');
    const tricks = [
      `ln -s ${etc}/secrets tasks.json`,
      `ln -s ${project}/devops.yaml tasks.json`,
      `ln -s ${project}/.devops/state.db tasks.json`,
      `ln -s /dev/zero tasks.json`,
      'mkfifo tasks.json && chmod 666 tasks.json',
      'mkdir tasks.json',
    ];
    for (const trick of tricks) {
      expect(await two.asAgent(`cd ${tasks} && mv tasks.json kept && ${trick}`), trick).toMatchObject({
        exitCode: 0,
      });
      for (const [tool, args] of [
        ['filterTasks', {}],
        ['updateTask', { id: 'T-002', status: 'blocked' }],
      ] as const) {
        const { text, data } = await call(tool, args);
        expect(data.error, `${tool} after ${trick}`).toMatchObject({ code: 'FILE_FAILED' });
        expect(text).not.toMatch(/tok-|DEPLOY_TOKEN|project: shop|SQLite/);
      }
      await two.asAgent(`cd ${tasks} && rm -rf tasks.json && mv kept tasks.json`);
    }
    expect(await fs.readFile(path.join(project, 'devops.yaml'), 'utf8')).toBe(before);
    expect((await call('filterTasks', { status: '*', agent: '*' })).data.total).toBe(3);
  });

  test('a person with a key of their own approves from elsewhere, and it goes live', async () => {
    const refused = await two.asSam('sh -c id');
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect((await two.asSam(`approve $(id) --project /etc`)).stdout).toBe('');
    const shown = await two.asSam(`approve ${requestId} --statement`);
    expect(shown.stderr).toContain(`Deployment ${productionId} to production`);
    const signature = await signStatement({
      statement: shown.stdout,
      keyFile: two.keys.sam,
      namespace: approvalNamespace,
    });
    const reason = `--reason "looks 'good' to me"`;
    const answered = await two.asSam(`approve ${requestId} --signature - ${reason}`, signature);
    expect([answered.exitCode, answered.stderr]).toEqual([0, '']);
    const { data } = await call('getDeployment', { deploymentId: productionId, waitSeconds: 60 });
    expect(data.deployment).toMatchObject({ state: 'deployed', environment: 'production' });
    expect((await two.asSam('audit verify')).stdout).toMatch(/^The chain is intact/);
    expect((await two.asSam('audit export')).stdout).toContain(`looks 'good' to me`);
  });

  test('a policy and an override are signed elsewhere, too; no key and no agent of a person gets there', async () => {
    const answer = async (command: string, namespace: string) => {
      const { stdout: statement, stderr } = await two.asSam(`${command} --statement`);
      const signature = await signStatement({ statement, keyFile: two.keys.sam, namespace });
      const [words = ''] = command.split(' --');
      return { shown: stderr, ...(await two.asSam(`${words} --signature -`, statement + signature)) };
    };
    const { project } = two.places;
    const file = path.join(project, 'devops.yaml');
    const before = await fs.readFile(file, 'utf8');
    await fs.writeFile(file, before.replace('gate: { unit: 100% }', 'gate: { unit: ">= 90%" }'));
    const policy = await answer('approve policy', policyNamespace);
    expect(policy.shown).toContain('environments.staging.gate.unit: 100% became >= 90%');
    expect([policy.exitCode, policy.stderr]).toEqual([0, '']);
    expect(policy.stdout).toContain('is approved by sam@shop.example as stakeholder, signed');

    const git = (...args: string[]) =>
      execa('git', ['-c', `safe.directory=${project}`, '-C', project, ...args]);
    await fs.writeFile(path.join(project, 'unit.test.mjs'), 'process.exit(1)');
    await git('-c', 'user.name=Ada', '-c', 'user.email=ada@shop.example', 'commit', '-qam', 'red');
    await execa('chown', ['-R', `${two.users.server}:`, project]);
    const gate = (await call('evaluateGate', { environment: 'production', waitSeconds: 60 })).data;
    expect(gate.verdict).not.toBe('pass');
    const decision = `--until 1h --reason "the runner is broken, the release is not"`;
    const override = await answer(`override production unit ${decision}`, overrideNamespace);
    expect(override.shown).toContain('unit in the production gate is');
    expect([override.exitCode, override.stderr]).toEqual([0, '']);
    expect(override.stdout).toContain('overridden by sam@shop.example as stakeholder');

    expect((await two.asSam('override production unit --key /etc/passwd')).exitCode).toBe(2);
    const keys = await fs.readFile(path.join(two.places.home, '.ssh', 'authorized_keys'), 'utf8');
    expect(keys).not.toContain('agent-forwarding');
  });
});

const task = (id: string) => ({
  id,
  title: `Deploy ${id}`,
  type: 'deployment_staging',
  status: 'pending',
  agent: 'DevOps-Engineer',
  priority: 'high',
});

function policy({ etc, live }: TwoUsers['places'], port: number): string {
  const environment = (name: string) => `
    target:
      kind: command
      url: http://127.0.0.1:${port}/${name}
      deploy: test "$DEPLOY_TOKEN" = ${secret} && echo "$DEVOPS_VERSION" > ${live}/${name}
      rollback: echo "$DEVOPS_VERSION" > ${live}/${name}
      passEnvironment: [DEPLOY_TOKEN]
    strategy: { kind: allAtOnce, bake: 200ms }
    health: { path: /, version: $.version, interval: 100ms, healthyAfter: 1, timeout: 10s }`;
  return `project: shop
checks:
  unit:
    run: ${etc}/as-checks node --test --test-reporter=tap unit.test.mjs
    report: { format: tap }
environments:
  staging:
    gate: { unit: 100% }${environment('staging')}
  production:
    after: staging
    gate: { unit: 100% }
    approvals: { required: 1, from: [stakeholder], level: signed }${environment('production')}
approvers: { stakeholder: { allowedSigners: .approvers } }
`;
}

/** Tests of a commit that would do the agent's work: they pass where everything is refused. */
function malice({ etc, home, project, program }: TwoUsers['places']): string {
  return `
import assert from 'node:assert';
import fs from 'node:fs';
import test from 'node:test';
for (const file of ['${etc}/secrets', '${project}/.devops/state.db', '${home}/checks-key']) {
  test('reads ' + file, () => assert.throws(() => fs.readFileSync(file)));
}
for (const file of ['${project}/devops.yaml', '${project}/.devops/x', '${program}', '${etc}/serve', '${home}/x']) {
  test('writes ' + file, () => assert.throws(() => fs.appendFileSync(file, '')));
}
test('has no secrets', () => assert.ok(!JSON.stringify(process.env).includes('${secret.slice(0, 6)}')));
`;
}
