import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageDir } from '../../src/platform/self.ts';
import { stateRows } from '../state-rows.ts';
import { createPocket, type Pocket } from './pocket.ts';

/** The person at the client may answer where the policy believes whoever says so, and nowhere else. */

let pocket: Pocket;
const cli = path.join(packageDir, 'dist', 'cli.js');
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  pocket = await createPocket();
  await pocket.configure((config) => {
    config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
    config.environments.staging.gate = {};
    config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'unverified' };
  });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close().catch(() => undefined);
});
afterAll(() => pocket.destroy());

/** Each of these starts several servers and deploys. */
const patienceMs = 240_000;

type Said = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string> };
interface Asking {
  /** What the person was shown. */
  shown: string[];
  // biome-ignore lint/suspicious/noExplicitAny: results of every tool
  call(name: string, args: object, more?: object): Promise<any>;
}
const started = () => ({
  command: process.execPath,
  args: [cli, '--project', pocket.dir],
  env: pocket.environment,
  cwd: pocket.dir,
});

/** A client of the newest revision. Without an answer to give, it hands back what it was to ask. */
async function newest(said?: Said): Promise<Asking> {
  const shown: string[] = [];
  const client = new Client(
    { name: 'new-agent', version: '1' },
    {
      versionNegotiation: { mode: 'auto' },
      capabilities: { elicitation: { form: {} } },
      inputRequired: { autoFulfill: said !== undefined },
    },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => {
    shown.push(params.message);
    return (said ?? { action: 'cancel' }) as never;
  });
  await client.connect(new StdioClientTransport(started()));
  closing.push(() => client.close());
  return {
    shown,
    call: (name, args, more = {}) =>
      client.callTool(
        { name, arguments: args, ...more } as never,
        {
          timeout: 120_000,
          allowInputRequired: said === undefined,
        } as never,
      ),
  };
}

/** A client of the older generation. */
async function older(answer: () => Promise<Said>): Promise<Asking> {
  const shown: string[] = [];
  const client = new LegacyClient({ name: 'old-agent', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    shown.push(params.message);
    return (await answer()) as never;
  });
  await client.connect(new LegacyTransport(started()));
  closing.push(() => client.close());
  return {
    shown,
    call: (name, args) =>
      client.callTool({ name, arguments: args as never }, undefined, { timeout: 120_000 }),
  };
}

const approve: Said = { action: 'accept', content: { decision: 'approve', reason: 'looks good' } };
const sql = (text: string, ...values: unknown[]) => stateRows(pocket.dir, text, ...values);
const answers = () => sql('select approver, level, decision, reason from approval_answers');
const staging = { environment: 'staging', waitSeconds: 60 };

test(
  'the older generation: no answer, a blind one and one that never comes leave it waiting; a person’s approves it',
  async () => {
    const declining = await older(async () => ({ action: 'decline' }));
    const { structuredContent: first } = await declining.call('deploy', staging);
    expect(first.state).toBe('waitingForApproval');
    const { deploymentId, approvalRequest } = first;
    expect(declining.shown).toEqual([expect.stringContaining(`approve ${first.to} to staging`)]);
    await declining.call('getDeployment', { deploymentId, waitSeconds: 60 });
    expect(declining.shown).toHaveLength(1); // once for a request and connection
    const { structuredContent: again } = await declining.call('deploy', staging);
    expect(again.deploymentId).toBe(deploymentId);
    expect(declining.shown).toHaveLength(2); // the person may have told the agent to try again

    const unhelpful = [
      async () => ({ action: 'accept' as const, content: {} }),
      async () => ({ action: 'accept' as const, content: { decision: 'not now' } }),
      () => new Promise<Said>(() => undefined),
    ];
    await Promise.all(
      unhelpful.map(async (say, index) => {
        const client = await older(say);
        const waitSeconds = index === 2 ? 1 : 60;
        const { structuredContent } = await client.call('getDeployment', { deploymentId, waitSeconds });
        expect(client.shown).toHaveLength(1);
        expect(structuredContent.deployment.state).toBe('waitingForApproval');
      }),
    );
    expect(answers()).toEqual([]);

    const person = await older(async () => approve);
    await person.call('getDeployment', { deploymentId }); // whoever does not wait is not asked
    expect(person.shown).toEqual([]);
    const { structuredContent } = await person.call('getDeployment', { deploymentId, waitSeconds: 60 });
    expect(structuredContent.deployment).toMatchObject({ state: 'deployed', approvalStatus: 'approved' });
    expect(answers()).toEqual([
      { approver: expect.any(String), level: 'unverified', decision: 'approve', reason: 'looks good' },
    ]);
    const [entry] = sql(
      'select actor, decision, person from audit where subject = ? and action = ?',
      approvalRequest.requestId,
      'approval.approve',
    );
    expect(entry).toMatchObject({ decision: 'unverified', actor: expect.stringContaining('old-agent') });
  },
  patienceMs,
);

test(
  'the newest revision: one call asks, and goes on about the deployment that it began',
  async () => {
    await pocket.commit({}, 'second');
    const person = await newest(approve);
    const { structuredContent } = await person.call('deploy', staging);
    expect(structuredContent).toMatchObject({ state: 'deployed' });
    expect(person.shown).toHaveLength(1);
    expect(sql('select count(*) as count from deployments')[0].count).toBe(2);
  },
  patienceMs,
);

test(
  'the newest revision: an answer that nobody was asked for, for another call, or twice is none',
  async () => {
    await pocket.commit({}, 'third');
    const client = await newest();
    const inputResponses = { approval: approve };
    const before = answers().length;
    const first = await client.call('deploy', staging, { inputResponses });
    expect(first).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
    expect(answers()).toHaveLength(before);
    const { requestState } = first;
    const [{ id }] = sql("select id from deployments where state = 'waitingForApproval'");
    // A state that was changed, and one for a call with other arguments.
    const forged = `${requestState.slice(0, -2)}AA`;
    await expect(client.call('deploy', staging, { inputResponses, requestState: forged })).rejects.toThrow(
      /requestState/,
    );
    await client.call('getDeployment', { deploymentId: id }, { inputResponses, requestState });
    expect(answers()).toHaveLength(before);
    // The very call: a refusal of the person spends it.
    const said = { approval: { action: 'decline' } };
    const waits = await client.call('deploy', staging, { inputResponses: said, requestState });
    expect(waits.structuredContent).toMatchObject({ state: 'waitingForApproval', deploymentId: id });
    const again = await client.call('deploy', staging, { inputResponses, requestState });
    expect(again.structuredContent).toMatchObject({ state: 'waitingForApproval', deploymentId: id });
    expect(answers()).toHaveLength(before);
    await client.call('cancelDeployment', { deploymentId: id, reason: 'enough' });
  },
  patienceMs,
);

test(
  'where the policy wants a signature nobody is asked, whatever the database says',
  async () => {
    await pocket.configure(({ environments }) => {
      environments.staging.approvals.level = 'signed';
    });
    await pocket.commit({}, 'fourth');
    const [old, recent] = [await older(async () => approve), await newest(approve)];
    const { structuredContent } = await old.call('deploy', staging);
    const { deploymentId } = structuredContent;
    expect(structuredContent.state).toBe('waitingForApproval');
    sql("update approvals set level = 'unverified' where deployment_id = ?", deploymentId);
    const before = answers().length;
    for (const client of [old, recent]) {
      const { structuredContent: seen } = await client.call('getDeployment', {
        deploymentId,
        waitSeconds: 5,
      });
      expect(seen.deployment.state).toBe('waitingForApproval');
      expect(client.shown).toEqual([]);
    }
    expect(answers()).toHaveLength(before);
    await old.call('cancelDeployment', { deploymentId, reason: 'enough' });
  },
  patienceMs,
);
