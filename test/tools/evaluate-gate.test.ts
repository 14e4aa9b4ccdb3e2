import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(undefined, { here: true });

const requirement = (data: { requirements: { name: string }[] }, name: string) =>
  data.requirements.find((one) => one.name === name);

test('without evidence nothing passes', async () => {
  const { data } = await on.agent.call('evaluateGate', { environment: 'staging', run: 'none' });
  expect(data.verdict).toBe('inconclusive');
  expect(requirement(data, 'unit')).toMatchObject({ verdict: 'inconclusive', observed: 'no evidence' });
});

test('runs the checks itself, a running release included, and passes on proof', async () => {
  const { data } = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(data.verdict).toBe('pass');
  expect(requirement(data, 'unit')).toMatchObject({ observed: '2 of 2 passed (100%)' });
  expect(requirement(data, 'smoke')).toMatchObject({ observed: '1 of 1 passed (100%)' });
  expect(data.artifact).toMatch(/^sha256:/);
  const again = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(requirement(again.data, 'unit')).toMatchObject({
    evidenceId: (requirement(data, 'unit') as unknown as { evidenceId: string }).evidenceId,
  });
});

test('a dirty working tree proves nothing: only what is committed counts', async () => {
  await on.pocket.edit('unit.test.mjs', (text) =>
    text.replace('assert.equal(1 + 1, 2)', 'assert.fail("dirty")'),
  );
  expect((await on.agent.call('evaluateGate', { environment: 'staging', run: 'all' })).data.verdict).toBe(
    'pass',
  );
  await on.pocket.git('checkout', '--', 'unit.test.mjs');
});

test('a red test fails the gate, once: with its name, a fix task and a message', async () => {
  await on.pocket.commit({ redUnitTest: true });
  const { data, text } = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(data.verdict).toBe('fail');
  expect(requirement(data, 'unit')).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('behaves'),
  });
  expect(text).toContain('⟦untrusted reasons');
  expect(data.fixTasks).toEqual(['T-004']);
  expect((await on.agent.call('evaluateGate', { environment: 'staging' })).data.fixTasks).toEqual(['T-004']);
  await expect.poll(() => on.pocket.messages.filter(({ event }) => event === 'gateFailed').length).toBe(1);
});

const green = '<testsuite name="x"><testcase name="fine"/></testsuite>';

test('a report that is committed, but not written by the run, is no evidence', async () => {
  await mkdir(path.join(on.pocket.dir, 'reports'));
  await writeFile(path.join(on.pocket.dir, 'reports/unit.xml'), green);
  await on.pocket.commit({});
  await on.pocket.configure(({ checks }) => {
    checks.unit.run = 'true';
  });
  const { data } = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(requirement(data, 'unit')).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('wrote no reports/unit.xml'),
  });
});

test('a report that a link leads out of the checkout is refused, and so is a green one of a command that failed', async () => {
  await on.pocket.configure(({ checks }) => {
    checks.unit.run = `rm -rf reports; ln -s ../.. reports; echo '${green}' > reports/unit.xml`;
  });
  const outside = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(requirement(outside.data, 'unit')).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('outside the checkout'),
  });
  await on.pocket.configure(({ checks }) => {
    checks.unit = { run: `echo '${green}'; exit 3`, report: { format: 'junit' } };
  });
  const contradiction = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(requirement(contradiction.data, 'unit')).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('exit code 3'),
  });
});

test('a long check answers "running", and the same call again picks the result up', async () => {
  await on.pocket.configure(({ checks }) => {
    checks.unit.run = `sleep 2; echo '${green}'`;
  });
  await on.pocket.agree();
  const first = await on.agent.call('evaluateGate', { environment: 'staging', waitSeconds: 0.2 });
  expect(first.data.verdict).toBe('running');
  const second = await on.agent.call('evaluateGate', { environment: 'staging', waitSeconds: 20 });
  expect(second.data).toMatchObject({ gateId: first.data.gateId, verdict: 'pass' });
});

test('a check that hangs is ended at its limit, with everything it started', async () => {
  await on.pocket.configure(({ checks }) => {
    checks.unit.run = 'sleep 61.7 & sleep 61.7';
    checks.unit.timeout = '300ms';
  });
  const { data } = await on.agent.call('evaluateGate', { environment: 'staging' });
  expect(requirement(data, 'unit')).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('time limit'),
  });
  const { stdout } = await execa('ps', ['-eo', 'args']);
  expect(stdout).not.toContain('sleep 61.7');
});

test('wrong calls are typed errors with a remedy', async () => {
  const environment = await on.agent.call('evaluateGate', { environment: 'stagin' });
  expect(environment.data.error).toMatchObject({
    code: 'UNKNOWN_ENVIRONMENT',
    remedy: expect.stringContaining('staging'),
  });
  for (const ref of ['no-such-branch', '--help', 'HEAD~99', '', 'HEAD\0', '-c core.pager=x']) {
    expect((await on.agent.call('evaluateGate', { environment: 'staging', ref })).data.error.code).toBe(
      'UNKNOWN_COMMIT',
    );
  }
});
