import path from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupRuns } from '../../../src/platform/processes.ts';
import { type Agent, createPocket, type Pocket } from '../../e2e/pocket.ts';
import { stateRows } from '../../state-rows.ts';

/**
 * kill -9 of the runner, in full mode of the server as well, in each journalled step of a deployment, of a rollback and
 * of the way back after a failure: enumerated, and held against the journal of a run that nobody killed. The default run
 * takes the steps that touch something; `npm run faults` takes all, on every kind of target.
 */

const isFull = process.env.FAULTS === 'full';
/** What the default run takes of the steps: those in which a target is touched, or proof is made. */
const isQuick = (step: string) => ['activate', 'verify', 'restorePrevious', 'notify'].includes(step);
/** A later command finds the orphan at once; starting a process on a busy machine takes the rest. */
const recoversWithinMs = 15_000;
const patienceMs = 240_000;

export interface KilledTarget {
  /** Sets target and strategy of `staging`, and starts what they need. */
  // biome-ignore lint/suspicious/noExplicitAny: the file as YAML has it
  configure(staging: any, pocket: Pocket): Promise<void>;
  /** What every instance serves at this moment. */
  served(pocket: Pocket): Promise<(string | undefined)[]>;
  destroy?(): Promise<void>;
  /** What a release does that must not stay: serve another version, by default. */
  bad?: Record<string, unknown>;
  /** What its strategy puts between the plan and the end, in order. */
  steps: readonly string[];
}

const ending = ['closeApproval', 'writeDocument', 'sealRecord', 'notify'];
const rollbackSteps = ['admit', 'restorable', 'migrations', 'restore', 'verify', 'retirePrevious', ...ending];
/** From the first that is not one of the way there. */
const returnSteps = [
  ...['migrations', 'restorePrevious', 'verifyPrevious', 'retireFailed'],
  ...['closeApproval', 'createFixTask', 'writeDocument', 'sealRecord', 'notify'],
];

interface Killed {
  deploymentId: string;
  // biome-ignore lint/suspicious/noExplicitAny: a result as the tool gives it
  deployment: any;
}

/**
 * @param always whether the default run tries it, too; every other kind is for `npm run faults`
 * @param obstacle why it cannot be tried on this machine
 * @param isWhole whether `npm run faults` tries every step, too; no need to where only the effects are others
 */
export function killedInEveryStep(
  kind: string,
  target: KilledTarget,
  {
    always = false,
    obstacle,
    isWhole = isFull,
  }: { always?: boolean; obstacle?: string | undefined; isWhole?: boolean } = {},
): void {
  const tried = (steps: readonly string[]) => (isWhole ? steps : steps.filter(isQuick));
  const isTried = isFull || always;
  if (isTried && obstacle !== undefined) console.warn(`SKIPPED, NOT PROVEN: ${obstacle}`);
  describe.runIf(isTried && obstacle === undefined)(`a runner of a ${kind} target that is killed`, () => {
    const deploySteps = ['artifact', 'gate', 'admit', 'plan', ...target.steps, 'prune', ...ending];
    let pocket: Pocket;
    let agent: Agent;

    beforeAll(async () => {
      pocket = await createPocket();
      const staging = { gate: {}, validate: ['smoke'] };
      await target.configure(staging, pocket);
      await pocket.configure(({ environments, checks }) => {
        Object.assign(environments.staging, staging);
        environments.production.after = undefined;
        checks.smoke.against = undefined; // it gets TARGET_URL where it validates
        checks.smoke.run = 'true';
        checks.smoke.report = { format: 'exitCode' };
      });
      agent = await pocket.connect();
      await deployed(); // so that there is a release to go back to
    }, 300_000);
    afterAll(async () => {
      await agent?.close().catch(() => undefined);
      await pocket?.destroy();
      await target.destroy?.();
    });

    const call = async (tool: string, args: Record<string, unknown> = {}) =>
      (await agent.call(tool, { environment: 'staging', ...args })).data;
    const follow = async (deploymentId: string) =>
      (await agent.call('getDeployment', { deploymentId, waitSeconds: 90 })).data.deployment;
    const deployed = async () => {
      const { deploymentId, error } = await call('deploy', { waitSeconds: 0 });
      expect(error).toBeUndefined();
      const deployment = await follow(deploymentId);
      expect([deployment.state, deployment.failure?.message]).toEqual(['deployed', undefined]);
      return deployment;
    };
    const journalOf = (deploymentId: string) =>
      query<{ name: string }>(
        pocket,
        'select name from steps where deployment_id = ? order by position',
        deploymentId,
      ).map(({ name }) => name);

    async function kill(tool: string, args: Record<string, unknown>, step: string): Promise<Killed> {
      const { deploymentId } = await call(tool, { ...args, waitSeconds: 0 });
      const pid = await runnerInStep(pocket, deploymentId, step);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => groupRuns(pid), { interval: 5 }).toBe(false);
      if (isFull) {
        process.kill(agent.pid, 'SIGKILL');
        await agent.close().catch(() => undefined);
        agent = await pocket.connect();
      }
      const isOver = () =>
        query<{ over: number }>(
          pocket,
          'select runner is null as over from deployments where id = ?',
          deploymentId,
        )[0]?.over === 1;
      const adopted = () => isOver() || runnerOf(pocket, deploymentId) !== pid;
      await call('getDeployment', { deploymentId, environment: undefined });
      await expect.poll(adopted, { timeout: recoversWithinMs, interval: 20 }).toBe(true);
      const deployment = await follow(deploymentId);
      expect((await call('deploy', { dryRun: true })).error).toBeUndefined(); // no lock is left
      const { told } = query<{ told: number }>(
        pocket,
        `select count(*) as told from outbox where json_extract(payload, '$.subject') = ?`,
        deploymentId,
      )[0] as { told: number };
      expect(told).toBe(1); // and people are told once
      return { deploymentId, deployment };
    }

    test('the steps of a deployment, of a rollback and of the way back are these', async () => {
      await pocket.commit({}, 'second');
      const second = await deployed();
      expect(journalOf(second.id)).toEqual(deploySteps);
      const { deploymentId } = await call('rollback', { reason: 'to see its steps', waitSeconds: 0 });
      expect(await follow(deploymentId)).toMatchObject({ state: 'deployed' });
      expect(journalOf(deploymentId)).toEqual(rollbackSteps);
      await pocket.commit(target.bad ?? { liesAboutVersion: '9.9.9' }, 'bad');
      const bad = await call('deploy', { waitSeconds: 0 });
      expect(await follow(bad.deploymentId)).toMatchObject({ state: 'rolledBack' });
      const journal = journalOf(bad.deploymentId);
      expect(journal.slice(journal.indexOf('migrations'))).toEqual(returnSteps);
    }, 360_000);

    test.each(tried(deploySteps))(
      'in %s: deployed',
      async (step) => {
        await pocket.commit({}, `killed in ${step}`);
        const { deployment } = await kill('deploy', {}, step);
        expect(deployment).toMatchObject({ state: 'deployed', servedVersion: deployment.version });
        expect(new Set(await target.served(pocket))).toEqual(new Set([deployment.version]));
      },
      patienceMs,
    );

    test.each(isWhole ? rollbackSteps : ['restore'])(
      'in %s of a rollback: rolled back',
      async (step) => {
        await pocket.commit({}, `before ${step}`);
        await deployed();
        const { deployment } = await kill('rollback', { reason: `killed in ${step}` }, step);
        expect(deployment).toMatchObject({ state: 'deployed' });
        expect(new Set(await target.served(pocket))).toEqual(new Set([deployment.servedVersion]));
      },
      patienceMs,
    );

    test.each(tried(returnSteps))(
      'in %s of the way back: the release before serves again',
      async (step) => {
        const before = await target.served(pocket);
        await pocket.commit(target.bad ?? { liesAboutVersion: '9.9.9' }, `bad in ${step}`);
        const { deployment } = await kill('deploy', {}, step);
        expect(deployment).toMatchObject({ state: 'rolledBack' });
        expect(await target.served(pocket)).toEqual(before);
      },
      patienceMs,
    );
  });
}

const query = <Row>(pocket: Pocket, text: string, ...values: string[]): Row[] =>
  stateRows(pocket.dir, text, ...values);

function runnerOf(pocket: Pocket, deploymentId: string): number | undefined {
  const [row] = query<{ runner: string | null }>(
    pocket,
    'select runner from deployments where id = ?',
    deploymentId,
  );
  return row?.runner == null ? undefined : (JSON.parse(row.runner) as { pid: number }).pid;
}

/** Waits until the journal says that the step has begun. @returns the runner's pid */
async function runnerInStep(pocket: Pocket, deploymentId: string, step: string): Promise<number> {
  const database = new Database(path.join(pocket.dir, '.devops/state.db'));
  const begun = database.prepare(
    'select runner from steps join deployments on deployments.id = deployment_id where deployment_id = ? and name = ? and runner is not null',
  );
  try {
    for (
      const until = Date.now() + 180_000;
      Date.now() < until;
      await new Promise((resolve) => setTimeout(resolve, 1))
    ) {
      const row = begun.get([deploymentId, step]) as { runner: string } | undefined;
      if (row) return (JSON.parse(row.runner) as { pid: number }).pid;
    }
    throw new Error(`step ${step} of ${deploymentId} was never begun`);
  } finally {
    database.close();
  }
}
