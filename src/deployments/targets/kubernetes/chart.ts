import * as z from 'zod';
import type { KubernetesChartConfig } from '../../../config/kubernetes-chart.ts';
import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { complaintOf } from '../../../platform/container-client.ts';
import { path } from '../../../platform/files.ts';
import type { TargetProblem } from '../types.ts';
import { type ChartPlaces, givenValues, openChartFiles } from './chart-files.ts';
import type { ClusterClients } from './client.ts';
import type { ReleaseForm } from './form.ts';
import { openHelmRecords } from './helm-records.ts';
import { judgeable, renderedRelease } from './rendered.ts';

const helmRelease = z.object({ manifest: z.string() });
const oldest = { major: 3, minor: 13 };

/** A chart of the release's commit, upgraded or installed by Helm. What it comes to is held against the release before. */
export function openChart({
  config,
  chart,
  projectDir,
  stateDir,
  targetId,
  clients: { kubectl, helm },
}: {
  config: KubernetesTargetConfig;
  chart: KubernetesChartConfig;
  projectDir: string;
  stateDir: string;
  targetId: string;
  clients: ClusterClients;
}): ReleaseForm {
  const name = chart.release ?? config.deployment;
  const files = openChartFiles({ config: chart, projectDir, intoDir: path.join(stateDir, 'chart') });
  const records = openHelmRecords({ kubectl, release: name, targetId });

  async function version(): Promise<{ major: number; minor: number } | { trouble: string }> {
    const outcome = await helm.run(['version', '--template', '{{.Version}}']);
    const said = Buffer.from(outcome.stdout).toString('utf8');
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(said) ?? [];
    if (outcome.exitCode !== 0 || major === undefined) return { trouble: complaintOf(outcome) };
    return { major: Number(major), minor: Number(minor) };
  }

  async function upgradeOf({ chart: place, values }: ChartPlaces): Promise<string[]> {
    const found = await version();
    return [
      ...['upgrade', name, place, '--install', '--reset-values'],
      ...values.flatMap((file) => ['--values', file]),
      // What kubectl changed meanwhile, as by scaling, is no conflict: the chart decides, as it does in Helm 3.
      ...('major' in found && found.major > 3 ? ['--server-side=false'] : []),
    ];
  }

  return {
    changesWhatIsThere: false,
    async hand(release, objects, { isDryRun, replicas: { told, before }, log, deploymentId }) {
      const committed = await files.read(release);
      const label = await records.forgetKilled(log);
      await files.use(committed, givenValues(chart, objects, told), async (places) => {
        const upgrade = await upgradeOf(places);
        const options = { log, isSilent: true };
        const answer = await helm.must([...upgrade, '--dry-run=server', '--output', 'json'], options);
        const rendered = renderedRelease(manifestOf(answer), objects, chart, told);
        if (isDryRun) {
          // Kinds that it brings itself are not known yet.
          const kinds = committed.bringsKinds ? ['Deployment'] : undefined;
          const items = judgeable(rendered.objects, config.namespace, kinds);
          const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
          await kubectl.must(['apply', '--filename', '-', '--dry-run=server'], { ...options, input });
          return;
        }
        const described = ['--description', `${release.version} by ${deploymentId}`, '--labels', label];
        const patience = ['--timeout', `${Math.ceil(config.readyWithin / 1_000)}s`];
        await helm.change([...upgrade, ...described, ...patience], {
          ...options,
          timeoutMs: config.readyWithin + config.timeout,
        });
        const wanted = rendered.replicas === undefined ? (told ?? before) : undefined;
        if (wanted !== undefined)
          await kubectl.change(['scale', 'deployment', config.deployment, `--replicas=${wanted}`], { log });
      });
    },
    async mustBeThere(release) {
      await files.read(release);
    },
    async problems(): Promise<TargetProblem[]> {
      const found = await version();
      if ('trouble' in found) {
        return [
          {
            what: `"${chart.helm}" cannot be run: ${found.trouble}`,
            remedy: 'Install Helm, or set target.chart.helm.',
          },
        ];
      }
      const { major, minor } = found;
      if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return [];
      return [
        {
          what: `Helm ${major}.${minor} cannot show what a chart comes to before it is applied`,
          remedy: 'Install Helm 3.13 or later, or set target.chart.helm.',
        },
      ];
    },
  };
}

/** @throws TARGET_FAILED for what is no release of Helm */
function manifestOf(answer: string): string {
  try {
    return helmRelease.parse(JSON.parse(answer)).manifest;
  } catch (error) {
    throw new DevopsError(
      'TARGET_FAILED',
      '"helm upgrade --dry-run=server --output json" printed no release',
      {
        remedy: 'Let target.chart.helm be Helm 3.13 or later, which prints nothing else there.',
        cause: error,
      },
    );
  }
}
