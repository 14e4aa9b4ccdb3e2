import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { useCluster } from '../../testbed/kubernetes/use-cluster.ts';
import { charts } from './kubernetes/charts.ts';
import { frontDoor } from './kubernetes/front-door.ts';
import { openPocketCluster, type PocketCluster } from './pocket-cluster.ts';
import { callOf } from './releases.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const failed = (message: RegExp) => ({ code: 'TARGET_FAILED', message: expect.stringMatching(message) });
describe('kubernetes, a cluster of its own', () => {
  const cluster = useCluster();
  let pocket: PocketCluster;
  beforeAll(async () => {
    if (cluster.runs) pocket = await openPocketCluster(cluster, 'troubles');
  });
  afterAll(() => pocket?.destroy());

  test('the manifest of the commit is applied; what never gets ready fails with its events or last lines, and the way back works', async () => {
    const target = pocket.reopen({ manifest: 'web.yaml' });
    const one = await pocket.release('one', { 'web.yaml': pocket.manifest() });
    expect(await target.problems()).toEqual([]);
    await target.stage(one, callOf(1));
    expect(await target.live()).toBeUndefined();
    await target.activate(one, callOf(1));
    expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });

    const unknown = await pocket.release(
      'unknown',
      { 'web.yaml': pocket.manifest({ imagePullPolicy: 'Always' }) },
      `${cluster.registry.name}/shop@sha256:${'0'.repeat(64)}`,
    );
    const call = callOf(2, one);
    await expect(target.activate(unknown, call)).rejects.toMatchObject(
      failed(/unknown does not get ready on staging: web-.*(ErrImagePull|ImagePullBackOff)/),
    );
    expect(call.lines.join('\n')).toMatch(/event: Failed: .*manifest unknown/);
    expect(await pocket.served()).toContain('one'); // Kubernetes kept it

    const dying = await pocket.release('dying', {
      'web.yaml': pocket.manifest({
        env: [
          { name: 'PORT', value: '8080' },
          { name: 'DIES_AT_START', value: '1' },
        ],
      }),
    });
    await expect(target.activate(dying, callOf(3, one))).rejects.toMatchObject(
      failed(/dying does not get ready .*(exit code 3|CrashLoopBackOff).*no database/s),
    );
    await target.restore(one, callOf(4, dying));
    expect(await pocket.served()).toEqual(['one']);

    const refused = await pocket.release('refused', {
      'web.yaml': pocket.manifest({ color: 'blue', ports: 7 }),
    });
    await expect(target.stage(refused, callOf(5, one))).rejects.toMatchObject(
      failed(/"kubectl apply" failed/),
    );
    const lying = pocket.reopen({
      manifest: 'web.yaml',
      version: { port: 8080, path: '/pid' },
      readyWithin: '3s',
    });
    await expect(lying.activate(one, callOf(5, one))).rejects.toMatchObject(failed(/web-.*: serves \d+/));
    expect(await target.notRestorable({ ...one, commit: '0'.repeat(40) })).toEqual(expect.any(String));
  });

  test('what is missing is said', async () => {
    expect(await pocket.reopen({ deployment: 'nothing' }).problems()).toMatchObject([
      { what: 'there is no Deployment nothing in namespace troubles' },
    ]);
    expect(await pocket.reopen({ kubeconfig: 'nowhere' }).problems()).toHaveLength(1);
    expect(await pocket.reopen({ kubectl: 'no-kubectl' }).problems()).toMatchObject([
      { what: expect.stringContaining('"no-kubectl" cannot be run') },
    ]);
  });

  frontDoor(cluster);
  charts(cluster);
});
