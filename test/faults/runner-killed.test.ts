import path from 'node:path';
import Database from 'libsql';
import { beforeAll, expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

/** kill -9 of the runner in each step that can be met: the next call brings the deployment to one end, once. */

const on = usePocket(({ environments }) => {
  environments.staging.gate = { unit: '100%' };
  environments.staging.validate = ['smoke'];
});

// So that there is a release to retire, and to go back to; each test leaves one for the next.
beforeAll(() => on.agent.call('deploy', { environment: 'staging', waitSeconds: 40 }));

const served = async () =>
  ((await (await fetch(`http://127.0.0.1:${on.pocket.ports.staging}/healthz`)).json()) as { version: string })
    .version;

/** Kills the runner as soon as the journal says that the step has begun. */
async function killIn(step: string, deploymentId: string): Promise<string> {
  const database = new Database(path.join(on.pocket.dir, '.devops/state.db'));
  const begun = database.prepare('select state from steps where deployment_id = ? and name = ?');
  const runner = database.prepare('select runner from deployments where id = ?');
  try {
    for (
      const until = Date.now() + 20_000;
      Date.now() < until;
      await new Promise((resolve) => setTimeout(resolve, 1))
    ) {
      const row = begun.get([deploymentId, step]) as { state: string } | undefined;
      if (!row) continue;
      const { runner: identity } = runner.get([deploymentId]) as { runner: string };
      process.kill((JSON.parse(identity) as { pid: number }).pid, 'SIGKILL');
      return row.state;
    }
    throw new Error(`step ${step} was never begun`);
  } finally {
    database.close();
  }
}

test.each(['artifact', 'gate', 'stage', 'activate', 'retirePrevious', 'verify', 'validate', 'bake'])(
  'in %s',
  async (step) => {
    await on.pocket.commit({}, `killed in ${step}`);
    const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 0 });
    await killIn(step, data.deploymentId);
    const { data: after } = await on.agent.call('getDeployment', {
      deploymentId: data.deploymentId,
      waitSeconds: 60,
    });
    expect(after.deployment).toMatchObject({ state: 'deployed', servedVersion: data.to });
    expect(await served()).toBe(data.to);
    expect(
      on.pocket.messages.filter(
        ({ subject, event }) => subject === data.deploymentId && event === 'deployed',
      ),
    ).toHaveLength(1);
    expect(
      (await on.pocket.read('deployment-log.md')).split(`**Deployment**: ${data.deploymentId}`),
    ).toHaveLength(2);
    expect((await on.agent.call('deploy', { environment: 'staging', dryRun: true })).isError).toBe(false);
  },
  90_000,
);

test('while it rolls back: the release before serves again, once', async () => {
  const before = await served();
  await on.pocket.configure(({ environments }) => {
    environments.staging.health.timeout = '1s';
    environments.staging.validate = [];
    environments.staging.gate = {};
  });
  await on.pocket.agree();
  await on.pocket.commit({ liesAboutVersion: '9.9.9' });
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 0 });
  await killIn('restorePrevious', data.deploymentId);
  const { data: after } = await on.agent.call('getDeployment', {
    deploymentId: data.deploymentId,
    waitSeconds: 60,
  });
  expect(after.deployment).toMatchObject({ state: 'rolledBack', failure: { code: 'HEALTH_FAILED' } });
  expect(await served()).toBe(before);
  const { data: fixes } = await on.agent.call('filterTasks', { type: 'urgent_fix' });
  expect(fixes.total).toBe(1);
}, 90_000);
