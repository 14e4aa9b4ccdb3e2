import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Release } from '../../../../src/deployments/targets/types.ts';
import type { Cluster } from '../../../testbed/kubernetes/cluster.ts';
import { chartTarget, createdChart } from '../../../testbed/kubernetes/created-chart.ts';
import { helmObstacle } from '../../../testbed/kubernetes/use-cluster.ts';
import { conforms, type Specimen } from '../conformance.ts';
import { callOf } from '../releases.ts';
import { killedHelm, slowHook } from './killed-helm.ts';
import { openPocketChart, type PocketChart } from './pocket-chart.ts';

/** Releases by a Helm chart, on a cluster. */
export function charts(cluster: Cluster & { readonly runs: boolean }): void {
  describe('by a Helm chart', () => {
    if (helmObstacle !== undefined) console.warn(`SKIPPED, NOT PROVEN: ${helmObstacle}`);
    beforeEach(({ skip }) => skip(helmObstacle !== undefined, helmObstacle));

    conforms('kubernetes', async () => {
      if (helmObstacle !== undefined) return { destroy: async () => undefined } as Specimen;
      const pocket = await openPocketChart(cluster, 'chart-conformance');
      return {
        target: pocket.target,
        one: await pocket.release('one', pocket.files),
        two: await pocket.release('two'),
        served: () => pocket.served(),
        destroy: () => pocket.destroy(),
      };
    });

    killedHelm(cluster);

    describe('and what goes wrong', () => {
      let pocket: PocketChart;
      let one: Release;
      let fence = 0;
      const next = (previous?: Release) => {
        fence += 1;
        return callOf(fence, previous);
      };
      beforeAll(async () => {
        if (helmObstacle !== undefined) return;
        pocket = await openPocketChart(cluster, 'chart-troubles');
        one = await release('one');
      });
      afterAll(() => pocket?.destroy());
      /** The chart as it should be, but for these files, and whatever lies there besides. */
      const release = async (version: string, files: Record<string, string> = {}, image?: string) => {
        for (const [name, content] of Object.entries({ ...pocket.files, ...files })) {
          await fs.mkdir(path.dirname(path.join(pocket.dir, name)), { recursive: true });
          await fs.writeFile(path.join(pocket.dir, name), content);
        }
        return pocket.release(version, {}, image);
      };
      const failed = (message: RegExp, remedy = /./) => ({
        code: 'TARGET_FAILED',
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(remedy),
      });
      const template = 'deploy/chart/templates/deployment.yaml';
      const templateWith = (from: RegExp, to: string) => ({
        [template]: String(pocket.files[template]).replace(from, to),
      });

      test('a chart as "helm create" makes it needs no change; what it comes to is held against the release', async () => {
        const created = Object.entries(await createdChart()).map(([name, text]) => [`created/${name}`, text]);
        const plain = await release('plain', Object.fromEntries(created));
        const target = pocket.reopen({ chart: chartTarget({ path: 'created', valueNames: {} }) });
        expect(await target.problems()).toEqual([]);
        expect(await target.notRestorable(plain)).toBeUndefined();
        await target.stage(plain, next());
        expect(await pocket.helm('list', '--short')).toBe(''); // nothing was changed

        const refusals: [Record<string, string>, RegExp, RegExp][] = [
          [
            templateWith(/\.Values\.podLabels/, '.Values.others'),
            /comes to Deployment web without the label \S+release: deployment-/,
            /toYaml \.Values\.podLabels/,
          ],
          [
            templateWith(/image: .*/, 'image: nginx:1'),
            /Deployment web with the image "nginx:1", not 127\.0\.0\.1\S+@sha256:/,
            /image: "{{ \.Values\.image\.repository }}:{{ \.Values\.image\.tag }}"/,
          ],
          [templateWith(/\.Values\.releaseVariables/, '.Values.others'), /without the variable DEVOPS_/, /./],
          [
            templateWith(/spec:/, 'spec: {{ fail "not today" }}'),
            /"helm upgrade" failed: .*not today/,
            /Mend/,
          ],
          [
            templateWith(/name: .*fullname.*/, 'name: other'),
            /no Deployment web, only other/,
            /target\.deployment/,
          ],
          [
            {
              'deploy/chart/Chart.yaml': `${pocket.files['deploy/chart/Chart.yaml']}\ndependencies: [{ name: redis, version: 1.0.0, repository: "https://charts.example.com" }]\n`,
            },
            /missing in charts\/ directory: redis/,
            /must be committed in its charts\/.*nothing is downloaded/,
          ],
        ];
        for (const [files, message, remedy] of refusals) {
          const bad = await release('bad', files);
          await expect(pocket.target.stage(bad, next()), String(message)).rejects.toMatchObject(
            failed(message, remedy),
          );
        }
        expect(await pocket.helm('list', '--short')).toBe('');
      });

      test('files that are no files of the commit are refused', async () => {
        const link = path.join(pocket.dir, 'deploy/chart/templates/passwd.yaml');
        await fs.symlink('/etc/passwd', link);
        const linked = await release('linked');
        await expect(pocket.target.stage(linked, next())).rejects.toMatchObject({
          code: 'GIT_FAILED',
          message: expect.stringContaining('no file of its own: templates/passwd.yaml'),
        });
        await fs.rm(link);
        const missing = pocket.reopen({ chart: chartTarget({ path: 'deploy/nothing' }) });
        await expect(missing.stage(one, next())).rejects.toMatchObject(
          failed(/no chart deploy\/nothing in one/),
        );
        const noValues = pocket.reopen({ chart: chartTarget({ values: ['deploy/none.yaml'] }) });
        await expect(noValues.stage(one, next())).rejects.toMatchObject(
          failed(/no deploy\/none\.yaml in one/),
        );
        expect(await noValues.notRestorable(one)).toContain('deploy/none.yaml');
        expect(await pocket.reopen({ chart: chartTarget({ helm: 'no-helm' }) }).problems()).toMatchObject([
          { what: expect.stringContaining('"no-helm" cannot be run') },
        ]);
      });

      test('an image that nobody has: events are told, the way back works, and Helm’s history names what happened', async () => {
        await pocket.target.activate(one, next());
        const impatient = pocket.reopen({ readyWithin: '30s' });
        const unknown = await release(
          'unknown',
          {},
          `${cluster.registry.name}/shop@sha256:${'0'.repeat(64)}`,
        );
        await expect(impatient.activate(unknown, next(one))).rejects.toMatchObject(
          failed(/unknown does not get ready on staging: web-.*(ErrImagePull|ImagePullBackOff)/),
        );
        expect(await pocket.served()).toContain('one');
        await pocket.target.restore(one, next(unknown));
        expect(await pocket.served()).toEqual(['one']);
        await pocket.target.stop(next(one));
        expect(await pocket.target.live()).toBeUndefined();
        await pocket.target.activate(one, next());
        expect(await pocket.served()).toEqual(['one']);
        const history = JSON.parse(await pocket.helm('history', 'web', '--output', 'json'));
        expect(history.map((entry: { description: string }) => entry.description)).toEqual([
          expect.stringMatching(/^one by deployment-/),
          expect.stringMatching(/^unknown by deployment-/),
          expect.stringMatching(/^one by deployment-/),
          expect.stringMatching(/^one by deployment-/),
        ]);
      });

      const pending = async () =>
        pocket.kubectl(
          'get',
          'secrets',
          '--selector',
          'owner=helm,status in (pending-install,pending-upgrade)',
          '--output',
          'name',
        );
      const killHelm = async () => {
        await expect.poll(pending, { timeout: 60_000 }).not.toBe('');
        const { stdout } = await execa('pgrep', ['-f', `upgrade (web|fresh) .*/chart`]);
        for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
      };
      const slowly = { 'deploy/chart/templates/slow.yaml': slowHook };

      test('kill -9 of Helm in the middle: the next one begins anew, there and on the way back; somebody else’s Helm is left alone', async () => {
        const slow = await release('slow', slowly);
        const first = expect(pocket.target.activate(slow, next(one))).rejects.toMatchObject({
          code: 'TARGET_FAILED',
        });
        await killHelm();
        await first;
        expect(await pending()).not.toBe('');
        const again = next(one);
        await pocket.target.stage(slow, again);
        await pocket.target.activate(slow, again);
        expect(again.lines.join('\n')).toMatch(/begun by a run of ours that was killed/);
        expect(await pocket.served()).toEqual(['slow']);

        const slower = await release('slower', slowly);
        const second = expect(pocket.target.activate(slower, next(slow))).rejects.toMatchObject({
          code: 'TARGET_FAILED',
        });
        await killHelm();
        await second;
        await pocket.target.restore(one, next(slow));
        expect(await pocket.served()).toEqual(['one']);

        // A first release, whose objects are there already.
        const { set, ...chartOfFresh } = chartTarget({ release: 'fresh' });
        const fresh = pocket.reopen({
          deployment: 'fresh',
          container: 'web',
          chart: { ...chartOfFresh, set: { ...set, fullnameOverride: 'fresh', podLabels: { app: 'fresh' } } },
        });
        const third = expect(fresh.activate(slow, next())).rejects.toMatchObject({ code: 'TARGET_FAILED' });
        await killHelm();
        await third;
        await fresh.activate(slow, next());
        expect(await fresh.live()).toEqual({ releaseId: slow.id, version: 'slow' });

        const chart = path.join(pocket.dir, 'deploy/chart');
        const somebody = pocket.helm('upgrade', 'web', chart, '--reuse-values').then(
          () => 'it is done',
          ({ stderr }) => `it failed: ${stderr}`,
        );
        await Promise.race([killHelm(), somebody.then((how) => expect(how).toBe('still at work'))]);
        await somebody;
        await expect(pocket.target.activate(one, next(one))).rejects.toMatchObject(
          failed(/another operation .* is in progress/, /helm rollback/),
        );
        expect(await pending()).not.toBe('');
        expect(await pocket.served()).toEqual(['one']);
      });
    });
  });
}
