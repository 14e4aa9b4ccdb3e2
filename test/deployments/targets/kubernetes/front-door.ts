import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from '../../../e2e/pocket.ts';
import { type PocketOnCluster, putOnCluster } from '../../../e2e/pocket-on-cluster.ts';
import type { Cluster } from '../../../testbed/kubernetes/cluster.ts';

/** What an agent sees of a cluster: the built command line, real runners, an image that each build pushes. */
export function frontDoor(cluster: Cluster & { readonly runs: boolean }): void {
  describe('through the whole workflow', () => {
    let pocket: Pocket;
    let agent: Agent;
    let service: PocketOnCluster;
    let first: string;

    beforeAll(async () => {
      if (!cluster.runs) return;
      pocket = await createPocket();
      service = await putOnCluster(pocket, cluster, 'front-door');
      await service.onlyStaging({ scalable: { web: 3 } });
      agent = await pocket.connect();
    });
    afterAll(async () => {
      await agent?.close();
      await pocket?.destroy();
    });

    const call = async (tool: string, parameters: Record<string, unknown> = {}) =>
      (await agent.call(tool, { environment: 'staging', waitSeconds: 100, ...parameters })).data;

    test('"check" finds the cluster; a release, one more and the way back reach every pod', async () => {
      expect(await pocket.cli(['check'])).toMatchObject({ exitCode: 0 });
      const one = await call('deploy');
      expect(one).toMatchObject({ state: 'deployed', servedVersion: one.to });
      first = one.to;
      await pocket.commit({}, 'second');
      const two = await call('deploy');
      expect(two).toMatchObject({ state: 'deployed', servedVersion: two.to });
      expect(await service.served()).toEqual([two.to]);
      expect(await call('rollback', { reason: 'the test says so' })).toMatchObject({
        state: 'deployed',
        servedVersion: first,
      });
      expect(await service.served()).toEqual([first]);
    });

    test('a release whose pods die is taken back, and the agent is told what they said and what Kubernetes says', async () => {
      await pocket.commit({ logs: 'no database', diesAtStart: true });
      const { deploymentId, state } = await call('deploy');
      expect(state).toBe('rolledBack');
      expect(await service.served()).toEqual([first]);
      const log = { lines: 200 };
      const { text, data } = await agent.call('getDeployment', { deploymentId, log });
      expect(data.deployment.failure).toMatchObject({ code: 'TARGET_FAILED', step: 'activate' });
      expect(data.deployment.failure.message).toMatch(/web-.*exit code 1|CrashLoopBackOff/);
      expect(data.deployment.failure.message).toContain('no database');
      expect(data.log.lines.join('\n')).toMatch(
        /web-\S+: event: BackOff: Back-off restarting failed container/,
      );
      expect(text).toContain('no database');
    });

    test('scaled, also when the runner dies; the next release has as many', async () => {
      const scaled = await call('scaleService', { service: 'web', replicas: 2 });
      expect(scaled).toMatchObject({ state: 'deployed' });
      expect(await service.served()).toEqual([first, first]);

      await pocket.commit({}, 'its runner is killed');
      const { deploymentId, to } = await call('deploy', { waitSeconds: 0 });
      const follow = async (waitSeconds = 0) =>
        (await agent.call('getDeployment', { deploymentId, waitSeconds, log: { lines: 200 } })).data;
      await expect
        .poll(async () => (await follow()).log.lines.join('\n'), { timeout: 60_000 })
        .toMatch(/kubectl apply --filename -$/m);
      const { stdout } = await execa('pgrep', ['-f', `internal run deployment ${deploymentId}`]);
      for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
      expect((await follow(100)).deployment).toMatchObject({ state: 'deployed', servedVersion: to });
      expect(await service.served()).toEqual([to, to]);
      expect(await call('scaleService', { service: 'web', replicas: 4 })).toMatchObject({
        error: { code: 'NOT_SCALABLE' },
      });
    });

    test('out of service and back', async () => {
      expect(await pocket.cli(['down', 'staging'])).toMatchObject({ exitCode: 0 });
      await expect.poll(() => service.served()).toEqual([]);
      await pocket.commit({}, 'back');
      const back = await call('deploy');
      expect(back).toMatchObject({ state: 'deployed', servedVersion: back.to });
      expect(await service.served()).toHaveLength(2);
    });
  });
}
