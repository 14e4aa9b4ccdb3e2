import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';
import { stateRows } from '../state-rows.ts';

/** What is removed when its time is over, what words are taken out, and what the trail and bundles say of it. */

let pocket: Pocket;
let agent: Agent;
let live: { deploymentId: string; gateId: string };
let failed: { deploymentId: string; gateId: string };
const words = 'the behaviour is red';
/** Each calls the command line many times. */
const slow = { timeout: 180_000 };

beforeAll(async () => {
  pocket = await createPocket();
  await pocket.configure((config) => {
    config.checks.unit.validFor = '1s';
    config.environments.staging.gate = { unit: '100%' };
    config.retention = { logs: '1d', reports: '1d', artifacts: '1d' };
    delete config.environments.production;
  });
  agent = await pocket.connectHere();
  live = await deploy('deployed');
  await pocket.commit({ redUnitTest: true });
  failed = await deploy('failed');
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

async function deploy(state: string) {
  const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 60 });
  expect(data.state).toBe(state);
  const { deploymentId } = data;
  await vi.waitFor(
    async () =>
      expect(await entries()).toContainEqual(
        expect.objectContaining({ action: 'deployment.record', subject: deploymentId }),
      ),
    { timeout: 40_000, interval: 500 },
  );
  const gate = (await entries()).find(
    ({ action, detail }) => action.startsWith('deployment.') && detail.gateId,
  );
  return { deploymentId, gateId: String(gate?.detail.gateId) };
}
async function entries(): Promise<
  { action: string; subject: string; decision: string; detail: Record<string, unknown> }[]
> {
  return (await agent.call('getAudit', { limit: 200 })).data.entries;
}
const kept = async () => {
  const folders = ['logs', 'evidence', 'artifacts'];
  const names = await Promise.all(
    folders.map(async (folder) =>
      (await fs.readdir(path.join(pocket.dir, '.devops', folder))).map((name) => `${folder}/${name}`),
    ),
  );
  return names.flat().sort();
};
/** As if everything were from three days ago. */
async function age() {
  const then = new Date(Date.now() - 3 * 86_400_000);
  for (const name of await kept()) await fs.utimes(path.join(pocket.dir, '.devops', name), then, then);
}
const verify = async () => {
  const { exitCode, stdout } = await pocket.command(['audit', 'verify']);
  return { exitCode, stdout };
};
async function bundleOf(deploymentId: string, name: string) {
  const out = path.join(pocket.dir, '.git', name);
  expect(
    (await pocket.command(['audit', 'export', '--deployment', deploymentId, '--out', out])).exitCode,
  ).toBe(0);
  return { out, ...(await pocket.command(['audit', 'verify', out])) };
}

test('a report maps the record to controls, and names what is missing', slow, async () => {
  const { exitCode, stdout } = await pocket.command(['audit', 'report', '--since', '1d']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('2 requests on record, 1 of them began.');
  expect(stdout).toMatch(
    /## SOC 2 CC8\.1: Changes are tested[^\n]+\nEVIDENCED\n- 1 of 1 deployments rested on a gate that passed/,
  );
  for (const gap of [
    `${live.deploymentId} \\(staging, [^)]+\\): without approval`,
    'staging asks for no approval',
    `${live.deploymentId} .*not among those: deployments are of a commit that somebody else reviewed`,
    'checkpoints are not signed',
    'nobody approved the policy',
    `${live.deploymentId} .*not among those: deployments have signed provenance`,
    'the record cannot show how a build platform isolates builds',
  ]) {
    expect(stdout).toMatch(new RegExp(`^- Gap: ${gap}`, 'm'));
  }
  expect(stdout).toMatch(
    /## ISO\/IEC 27001:2022 A\.8\.32: Changes are recorded[\s\S]*- \d+ entries, chain intact/,
  );
  expect(stdout).not.toMatch(/^EVIDENCED\n(- [^\n]*\n)*- Gap/m);
  const later = await pocket.command(['audit', 'report', '--since', '2099-01-01', '--json']);
  const { changes, controls } = JSON.parse(later.stdout) as {
    changes: unknown[];
    controls: { standing: string }[];
  };
  expect([changes, new Set(controls.map(({ standing }) => standing))]).toEqual([
    [],
    new Set(['notApplicable']),
  ]);
});

test('what is old and needed by nothing goes, and the trail tells of it', slow, async () => {
  const releaseLogs = path.join(pocket.dir, '.devops/targets/staging/logs');
  const oldLog = path.join(releaseLogs, `${failed.deploymentId}.log`);
  await fs.writeFile(oldLog, 'a release that does not run any more');
  const then = new Date(Date.now() - 3 * 86_400_000);
  for (const id of [failed.deploymentId, live.deploymentId])
    await fs.utimes(path.join(releaseLogs, `${id}.log`), then, then);
  const before = await kept();
  expect(await verify()).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/reports and logs as it tells\./),
  });
  await age();
  const would = await pocket.command(['audit', 'prune', '--dry-run', '--json']);
  const objects = (JSON.parse(would.stdout).removed as { object: string }[]).map(({ object }) => object);
  expect(await kept()).toEqual(before);
  expect(objects).toContain(`logs/${failed.deploymentId}.log`);
  expect(objects).toContain(`targets/staging/logs/${failed.deploymentId}.log`);
  for (const folder of ['logs', 'targets/staging/logs'])
    expect(objects).not.toContain(`${folder}/${live.deploymentId}.log`);

  expect((await pocket.cli(['audit', 'prune'])).stdout).toContain(`${objects.length} were removed.`);
  const gone = objects.map((name) => name.replace('reports/', 'evidence/'));
  expect(await kept()).toEqual(before.filter((name) => !gone.includes(name)));
  expect(gone.filter((name) => name.startsWith('evidence/')).length).toBeGreaterThan(0);
  expect((await kept()).filter((name) => /^(evidence|artifacts)/.test(name)).length).toBeGreaterThan(1); // of what is live
  const told = (await entries()).filter(({ action }) => action === 'data.erase');
  expect(told.map(({ subject }) => subject).sort()).toEqual(objects.sort());
  expect(told[0]).toMatchObject({
    decision: 'expired',
    detail: { before: expect.stringMatching(/^sha256:/) },
  });
  expect((await pocket.command(['audit', 'prune'])).stdout).toContain('0 were removed.');

  const state = await verify();
  expect(state.exitCode).toBe(0);
  expect(state.stdout).toContain(`Erased: logs/${failed.deploymentId}.log was removed at`);
  expect(state.stdout).not.toContain('NOT AS TOLD');
  const bundle = await bundleOf(failed.deploymentId, 'pruned');
  expect([bundle.exitCode, bundle.stdout]).toEqual([0, expect.stringContaining('The bundle is intact')]);
  expect(bundle.stdout).toMatch(
    /Note: logs\/dep-\w+\.log was removed at .*, as its time was over, before it was exported/,
  );
});

test(
  'words about a person are taken out wherever tools said them, and bundles still hold',
  slow,
  async () => {
    await pocket.commit({ redUnitTest: true }, 'red again');
    const again = await deploy('failed');
    const said = async () => {
      const texts = await Promise.all(
        (await kept())
          .filter((name) => !name.startsWith('artifacts/'))
          .map((name) => fs.readFile(path.join(pocket.dir, '.devops', name), 'utf8')),
      );
      return texts.filter((text) => text.includes(words)).length;
    };
    expect(await said()).toBeGreaterThan(0);
    expect(await pocket.command(['audit', 'erase', 'red', '--reason', 'x'])).toMatchObject({ exitCode: 2 });
    const tooLong = await pocket.command(['audit', 'erase', words, '--reason', 'x'.repeat(2_001)]);
    expect([tooLong.exitCode, tooLong.stderr]).toEqual([2, expect.stringContaining('at most 2000')]);
    // Words are words: a sign that a database would take for any other finds only itself, and so does a capital.
    for (const other of [words.replaceAll(' ', '_'), words.replaceAll(' ', '%'), words.toUpperCase()]) {
      const none = await pocket.command(['audit', 'erase', other, '--reason', 'x', '--json']);
      expect(JSON.parse(none.stdout)).toMatchObject({ replaced: [], removed: [] });
    }
    const erased = await pocket.cli(['audit', 'erase', words, '--reason', 'asked for in letter 7', '--json']);
    expect(JSON.parse(erased.stdout)).toMatchObject({
      removed: expect.arrayContaining([expect.stringMatching(/^reports\//)]),
      replaced: expect.arrayContaining([expect.stringMatching(/^evidence\/ev-/)]),
    });
    expect(await said()).toBe(0);
    const told = (await entries()).filter(
      ({ action, decision }) => action === 'data.erase' && decision !== 'expired',
    );
    expect(JSON.stringify(told)).toContain('letter 7');
    expect(JSON.stringify(told)).not.toContain(words);
    const state = await verify();
    expect([state.exitCode, state.stdout]).toEqual([0, expect.stringContaining('The chain is intact')]);
    const bundle = await bundleOf(again.deploymentId, 'erased');
    expect([bundle.exitCode, bundle.stdout]).toEqual([0, expect.stringContaining('The bundle is intact')]);
    expect(bundle.stdout).toMatch(/Note: evidence\/ev-\w+\.json had words taken out/);
    const evidence = await fs.readdir(path.join(bundle.out, 'evidence'));
    expect(await fs.readFile(path.join(bundle.out, 'evidence', evidence[0] ?? ''), 'utf8')).not.toContain(
      words,
    );
  },
);

test(
  'words that are verdicts, names of fields or ids elsewhere are taken out of texts alone',
  slow,
  async () => {
    const commit = await pocket.commit({}, 'green again');
    const before = await deploy('deployed');
    const stateDir = path.join(pocket.dir, '.devops');
    const releaseLog = path.join(stateDir, 'targets/staging/logs', `${before.deploymentId}.log`);
    await fs.appendFile(releaseLog, 'Grace Hopper logged in\n');
    const said = 'Grace Hopper asked for it, tests pass, none fail';
    stateRows(pocket.dir, 'update deployments set reason = ? where id = ?', said, before.deploymentId);
    stateRows(
      pocket.dir,
      "insert into outbox values ('msg-1', 'deployed', null, '{}', ?, 1, ?, '2026', '2026', '2026')",
      JSON.stringify({ id: 'msg-1', event: 'failed', subject: 'pass', text: said }),
      said,
    );
    stateRows(
      pocket.dir,
      "insert into escalations values ('esc-1', 'failed', null, 'pass', ?, '2026', '2026', ?, ?)",
      said,
      said,
      said,
    );
    const request = (number: number, id: string, closed: string | null) =>
      stateRows(
        pocket.dir,
        "insert into human_requests values (?, ?, 'question', null, null, 'q', ?, '2026', ?, '2026', ?)",
        number,
        id,
        said,
        said,
        closed,
      );
    request(901, 'REQ-901', '2026');
    request(902, 'REQ-902', null);
    await fs.writeFile(path.join(pocket.dir, 'human-requests.md'), 'A request that waits: Grace Hopper');

    const erase = async (text: string, reason = 'letter 8') =>
      pocket.command(['audit', 'erase', text, '--reason', reason, '--json']);
    expect((await erase('Grace Hopper', '  ')).exitCode).toBe(2);
    expect((await erase('Grace Hopper', 'Grace Hopper asked')).exitCode).toBe(2);
    expect(JSON.parse((await erase('Grace Hopper')).stdout)).toMatchObject({
      replaced: expect.arrayContaining([
        `targets/staging/logs/${before.deploymentId}.log`,
        `deployments/${before.deploymentId}.json`,
        'messages/msg-1.json',
        'escalations/esc-1.json',
        'requests/REQ-901.json',
      ]),
      openRequests: ['REQ-902'],
    });
    expect(await fs.readFile(releaseLog, 'utf8')).toContain(`${'*'.repeat(12)} logged in\n`);
    await fs.rm(path.join(pocket.dir, 'human-requests.md'));
    await erase('Grace Hopper');
    for (const word of ['pass', 'fail', 'tests', 'verdict', commit.slice(0, 12), commit]) {
      const { exitCode, stderr } = await erase(word);
      expect([word, exitCode, stderr]).toEqual([word, 0, '']);
    }

    const [payload] = stateRows(pocket.dir, "select payload from outbox where id = 'msg-1'");
    expect(JSON.parse(payload.payload)).toEqual({
      id: 'msg-1',
      event: 'failed',
      subject: 'pass',
      text: '[erased] asked for it, [erased] [erased], none [erased]',
    });
    const [row] = stateRows(pocket.dir, 'select requirements from gates where id = ?', before.gateId);
    expect(JSON.parse(row.requirements)[0]).toMatchObject({ name: 'unit', verdict: 'pass' });
    const { data } = await agent.call('getDeployment', { deploymentId: before.deploymentId });
    expect(data.deployment).toMatchObject({ state: 'deployed', commit });
    const gate = await agent.call('evaluateGate', { environment: 'staging' });
    expect([gate.isError, gate.data.verdict]).toEqual([false, 'pass']);
    expect(await verify()).toMatchObject({ exitCode: 0 });
    for (const id of [before.deploymentId, failed.deploymentId]) {
      const bundle = await bundleOf(id, `words-${id}`);
      expect([bundle.exitCode, bundle.stdout]).toEqual([0, expect.stringContaining('The bundle is intact')]);
    }
    await pocket.commit({}, 'and on');
    await deploy('deployed'); // everything is proven anew
  },
);

test('what is changed or gone without a word is found', slow, async () => {
  const report = (await kept()).find((name) => name.startsWith('evidence/')) ?? '';
  await fs.appendFile(path.join(pocket.dir, '.devops', report), ' ');
  await fs.rm(path.join(pocket.dir, '.devops/logs', `${live.deploymentId}.log`));
  const { exitCode, stdout } = await verify();
  expect(exitCode).toBe(5);
  expect(stdout).toContain(`NOT AS TOLD: ${report.replace('evidence/', 'reports/')} was changed.`);
  expect(stdout).toContain(`NOT AS TOLD: logs/${live.deploymentId}.log is missing.`);
});
