import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMarkOf } from '../../../../src/platform/processes.ts';
import { type Agent, createPocket, type Pocket } from '../../../e2e/pocket.ts';
import { type PocketOnCluster, putOnCluster } from '../../../e2e/pocket-on-cluster.ts';
import { nodeImage } from '../../../testbed/docker.ts';
import type { Cluster } from '../../../testbed/kubernetes/cluster.ts';
import { helmObstacle } from '../../../testbed/kubernetes/use-cluster.ts';

/** A Job that Helm waits for, after the objects of a first release and before those of others: long, the first time. */
export const slowHook = `{{- $version := index .Values.podLabels "io.github.devops-engineer-mcp/version" }}
{{- $name := printf "%s-%s" .Release.Name $version }}
{{- $again := lookup "batch/v1" "Job" .Release.Namespace $name }}
apiVersion: batch/v1
kind: Job
metadata: { name: {{ $name }}, annotations: { helm.sh/hook: "post-install,pre-upgrade" } }
spec:
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers:
        - name: slow
          image: ${nodeImage}
          imagePullPolicy: Never
          command: [/usr/bin/node, -e, "setTimeout(() => 0, {{ if $again }}0{{ else }}100000{{ end }})"]
`;

/** A runner that is killed while its Helm goes on: the next one ends that Helm, and gets out of what it leaves. */
export function killedHelm(cluster: Cluster): void {
  let pocket: Pocket;
  let agent: Agent;
  let service: PocketOnCluster;
  beforeAll(async () => {
    if (helmObstacle !== undefined) return;
    pocket = await createPocket();
    service = await putOnCluster(pocket, cluster, 'killed-helm', 'chart');
    await fs.writeFile(path.join(pocket.dir, 'deploy/chart/templates/slow.yaml'), slowHook);
    await service.onlyStaging();
    agent = await pocket.connect();
  });
  afterAll(async () => {
    await agent?.close();
    await pocket?.destroy();
  });

  test('kill -9 of the runner while its Helm is at work: that Helm ends, and the first release is installed once', async () => {
    expect(await pocket.cli(['check'])).toMatchObject({ exitCode: 0 });
    const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 0 });
    const { deploymentId, to } = data;
    const pending = ['get', 'secrets', '--selector', 'owner=helm,status=pending-install', '--output', 'name'];
    await expect.poll(() => service.kubectl(...pending), { timeout: 60_000 }).not.toBe('');
    const runner = await execa('pgrep', ['-f', `internal run deployment ${deploymentId}`]);
    const helm = await execa('pgrep', ['-f', `upgrade web .*${path.basename(pocket.dir)}.*/chart`]);
    const helms = helm.stdout.split('\n').map(Number);
    const marks = helms.map(startMarkOf);
    for (const pid of runner.stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
    expect(helms.map(startMarkOf)).toEqual(marks); // it outlived its runner
    const follow = { deploymentId, waitSeconds: 100, log: { lines: 200 } };
    const { deployment, log } = (await agent.call('getDeployment', follow)).data;
    expect(deployment).toMatchObject({ state: 'deployed', servedVersion: to });
    expect(log.lines.join('\n')).toMatch(/revision 1 of web was begun by a run of ours that was killed/);
    for (const [index, pid] of helms.entries()) expect(startMarkOf(pid)).not.toBe(marks[index]);
    expect(await service.served()).toEqual([to]);
    const records = await service.kubectl('get', 'secrets', '--selector', 'owner=helm', '--output', 'name');
    expect(records).toBe('secret/sh.helm.release.v1.web.v1');
  });
}
