import { expect, test } from 'vitest';
import { tools } from '../../src/tools/index.ts';
import { usePocket } from '../e2e/pocket.ts';

/** No tool changes or records anything without an entry that says who, what and how it was decided. */

const on = usePocket((config) => {
  config.environments.staging.gate = {};
  config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'unverified' };
  config.runbooks = { nothing: { description: 'x', environment: 'staging', apply: 'true' } };
  config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
});

interface Entry {
  position: number;
  action: string;
  subject: string;
  decision: string;
  caller?: { kind: string; user: string; client?: string };
}

async function newEntries(work: () => Promise<unknown>): Promise<Entry[]> {
  const read = async () => (await on.agent.call('getAudit', { limit: 200 })).data.entries as Entry[];
  const before = (await read())[0]?.position ?? 0;
  await work();
  return (await read()).filter(({ position }) => position > before);
}

test('every tool that is more than a look leaves one, with who called', async () => {
  let deploymentId = '';
  let runbookId = '';
  const call = (tool: string, args: Record<string, unknown>) => on.agent.call(tool, args);
  const calls: Record<string, [action: RegExp, () => Promise<unknown>]> = {
    updateTask: [/^task\.update$/, () => call('updateTask', { id: 'T-002', status: 'in_progress' })],
    createFixTask: [
      /^task\.create$/,
      () => call('createFixTask', { title: 'x', description: 'y', cause: { incidentId: 'I' } }),
    ],
    evaluateGate: [
      /^gate\.evaluate$/,
      () => call('evaluateGate', { environment: 'staging', waitSeconds: 30 }),
    ],
    deploy: [
      /^deploy\.request$/,
      async () => {
        const { data } = await call('deploy', { environment: 'staging', waitSeconds: 20 });
        expect(data.state).toBe('waitingForApproval');
        deploymentId = data.deploymentId;
      },
    ],
    cancelDeployment: [
      /^deployment\.cancel$/,
      () => call('cancelDeployment', { deploymentId, reason: 'not now' }),
    ],
    runRunbook: [
      /^runbook\.request$/,
      async () => {
        runbookId = (await call('runRunbook', { runbook: 'nothing' })).data.deploymentId;
      },
    ],
    scaleService: [
      /^call\.scaleService$/,
      () => call('scaleService', { environment: 'staging', service: 'web', replicas: 2 }),
    ],
    rollback: [
      /^call\.rollback$/,
      () => call('rollback', { environment: 'staging', reason: 'nothing is there' }),
    ],
    requestHuman: [
      /^human\.decision$/,
      () => call('requestHuman', { kind: 'decision', title: 'a', description: 'b' }),
    ],
    updateDocument: [
      /^document\.update$/,
      () => call('updateDocument', { file: 'deployment-notes.md', section: 'A', text: 'b' }),
    ],
  };
  const more = tools.filter(({ effect }) => effect !== 'read').map(({ name }) => name);
  expect(Object.keys(calls).sort()).toEqual(more.sort());
  for (const [tool, [action, work]] of Object.entries(calls)) {
    const entries = await newEntries(work);
    const entry = entries.find((one) => action.test(one.action));
    if (['rollback', 'scaleService'].includes(tool) && !entry) continue; // a wrong call changed nothing
    expect(entry, `${tool}: ${JSON.stringify(entries)}`).toMatchObject({
      caller: { kind: 'mcp', client: 'test-agent 1.0.0', user: expect.stringMatching(/.+/) },
      decision: expect.stringMatching(/.+/),
    });
  }
  // What their runners record comes before the next test looks.
  for (const id of [deploymentId, runbookId])
    expect((await call('getDeployment', { deploymentId: id, waitSeconds: 40 })).isError).toBe(false);
});

test('what only looks leaves none', async () => {
  const entries = await newEntries(async () => {
    for (const { name } of tools.filter(({ effect }) => effect === 'read'))
      await on.agent.call(name, name === 'checkHealth' ? { environment: 'staging' } : {});
  });
  expect(entries).toEqual([]);
});

test('the request for an approval, the answer of a person and its end are there, with the person', async () => {
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  const { requestId } = data.approvalRequest;
  await on.pocket.command(['approve', requestId, '--reject', '--reason', 'not today']);
  const { data: audit } = await on.agent.call('getAudit', { subject: requestId });
  expect(audit.entries.map(({ action, decision }: Entry) => `${action}: ${decision}`).reverse()).toEqual([
    'approval.request: pending',
    'approval.reject: unverified',
    'approval.close: rejected',
  ]);
  const { stdout } = await on.pocket.command(['audit', 'export']);
  const rejected = stdout
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ action }) => action === 'approval.reject');
  expect(rejected).toMatchObject({
    person: { level: 'unverified', role: 'stakeholder' },
    detail: { reason: 'not today' },
  });
});
