import type { KubernetesChartConfig } from '../../../config/kubernetes-chart.ts';
import { DevopsError } from '../../../errors.ts';
import { openRepository } from '../../../platform/git.ts';
import { withPrivateFolder } from '../../../platform/private-folder.ts';
import type { Release } from '../types.ts';
import type { ReleaseObjects } from './objects.ts';

/** A chart as the release's commit has it, with its values, in a folder that nobody else reads and that is gone afterwards. */

const limits = { files: 5_000, bytes: 32 * 1024 ** 2 };
const maxValuesBytes = 4 * 1024 ** 2;
const chartFolder = 'chart';

export interface ChartFiles {
  /** @throws TARGET_FAILED, GIT_FAILED where the commit lacks some of them, or has links there */
  read(release: Release): Promise<CommittedChart>;
  /** @param given values over all others */
  use<T>(
    chart: CommittedChart,
    given: Record<string, unknown>,
    work: (places: ChartPlaces) => Promise<T>,
  ): Promise<T>;
}

export interface CommittedChart {
  files: ReadonlyMap<string, Buffer>;
  values: string[];
  /** Kinds of objects that the cluster may not know before. */
  bringsKinds: boolean;
}

export interface ChartPlaces {
  chart: string;
  /** Later ones win. */
  values: string[];
}

export function openChartFiles({
  config,
  projectDir,
  intoDir,
}: {
  config: KubernetesChartConfig;
  projectDir: string;
  intoDir: string;
}): ChartFiles {
  const missing = (what: string, { version }: Release) =>
    new DevopsError('TARGET_FAILED', `there is no ${what} in ${version}`, {
      remedy: 'Commit it, or set path and values of target.chart in devops.yaml to what there is.',
    });
  return {
    async read(release) {
      const repository = await openRepository(projectDir);
      const files = await repository.readFolder(release.commit, config.path, limits);
      if (!files?.has('Chart.yaml')) throw missing(`chart ${config.path}`, release);
      const values: string[] = [];
      for (const file of config.values) {
        const text = await repository.readFile(release.commit, file, maxValuesBytes);
        if (text === undefined) throw missing(file, release);
        values.push(text);
      }
      const bringsKinds = [...files.keys()].some((name) => /^(charts\/.+\/)?crds\//.test(name));
      return { files, values, bringsKinds };
    },
    use({ files, values }, given, work) {
      const written = new Map<string, Uint8Array | string>();
      for (const [name, content] of files) written.set(`${chartFolder}/${name}`, content);
      // Its last line end was cut off, and a block of text would lose its own.
      for (const [index, text] of values.entries()) written.set(`values-${index}.yaml`, `${text}\n`);
      written.set('set.json', JSON.stringify(config.set));
      written.set('given.json', JSON.stringify(given));
      return withPrivateFolder(intoDir, written, (placeOf) =>
        work({
          chart: placeOf(chartFolder),
          values: [...values.map((_, index) => `values-${index}.yaml`), 'set.json', 'given.json'].map(
            placeOf,
          ),
        }),
      );
    },
  };
}

/** What the chart is told of a release, by the names that it has for that. */
export function givenValues(
  { valueNames }: KubernetesChartConfig,
  { image, labels, environment }: ReleaseObjects,
  replicas: number | undefined,
): Record<string, unknown> {
  const at = image.lastIndexOf(':');
  const told: [name: string | undefined, value: unknown][] = [
    ...(valueNames.image === undefined
      ? ([
          [valueNames.repository, image.slice(0, at)],
          [valueNames.tag, image.slice(at + 1)],
        ] as [string, unknown][])
      : ([[valueNames.image, image]] as [string, unknown][])),
    [valueNames.labels, labels],
    [valueNames.variables, Object.entries(environment).map(([name, value]) => ({ name, value }))],
    [replicas === undefined ? undefined : valueNames.replicas, replicas],
  ];
  const values: Record<string, unknown> = {};
  for (const [name, value] of told) {
    if (name === undefined) continue;
    const parts = name.split('.');
    const last = parts.pop() as string;
    let at = values;
    for (const part of parts) {
      at[part] = typeof at[part] === 'object' ? at[part] : {};
      at = at[part] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return values;
}
