import * as z from 'zod';
import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { readJsonPath } from '../../../operations/probes.ts';
import type { ClusterClient } from './client.ts';
import { releaseLabel, versionLabel } from './objects.ts';

/** The pods of a Deployment: what each runs, what it serves, and what is wrong with it. */

const podsShape = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({
        phase: z.string().default('Unknown'),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        containerStatuses: z
          .array(
            z.object({
              name: z.string(),
              restartCount: z.number().default(0),
              state: z
                .object({
                  waiting: z
                    .object({ reason: z.string().default(''), message: z.string().default('') })
                    .optional(),
                  terminated: z.object({ reason: z.string().default(''), exitCode: z.number() }).optional(),
                })
                .default({}),
            }),
          )
          .default([]),
      }),
    }),
  ),
});

export interface Pod {
  name: string;
  releaseId: string | undefined;
  version: string | undefined;
  ready: boolean;
  /** Why it is not: `ImagePullBackOff: Back-off pulling image …`. */
  trouble: string | undefined;
}

export interface Pods {
  /** Those that are not about to end, in the order of their names. @throws TARGET_FAILED */
  list(selector: Readonly<Record<string, string>>): Promise<Pod[]>;
  /** By its own word where `version` is configured, else by its label. */
  served(pod: Pod): Promise<string | undefined>;
  /** Events and last lines of a pod, for people. Never throws. */
  explain(pod: Pod, lines: number): Promise<string[]>;
  lastLines(releaseId: string, lines: number): Promise<string[]>;
}

export function openPods(kubectl: ClusterClient, config: KubernetesTargetConfig): Pods {
  const container = config.container ?? config.deployment;

  async function told(parameters: readonly string[]): Promise<string[]> {
    const outcome = await kubectl.run(parameters);
    const text = outcome.exitCode === 0 ? Buffer.from(outcome.stdout).toString('utf8').trim() : '';
    return text === '' ? [] : text.split('\n');
  }

  async function list(selector: Readonly<Record<string, string>>): Promise<Pod[]> {
    const labels = Object.entries(selector).map(([name, value]) => `${name}=${value}`);
    const text = await kubectl.must(['get', 'pods', '--selector', labels.join(), '--output', 'json']);
    const { items } = podsShape.parse(JSON.parse(text));
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata: { name, labels: all }, status }) => {
        const ready = status.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
        return {
          name,
          releaseId: all[releaseLabel],
          version: all[versionLabel],
          ready,
          trouble: ready ? undefined : troubleOf(status),
        };
      })
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  return {
    list,
    async served(pod) {
      if (!config.version) return pod.version;
      const { port, path, json } = config.version;
      const place = `/api/v1/namespaces/${config.namespace}/pods/${pod.name}:${port}/proxy${path}`;
      const answer = (await told(['get', '--raw', place])).join('\n');
      const version = json === undefined ? answer : readJsonPath(answer, json);
      return version === '' ? undefined : version;
    },
    async explain(pod, lines) {
      const events = await told([
        ...[
          'get',
          'events',
          '--field-selector',
          `involvedObject.name=${pod.name}`,
          '--sort-by',
          '.lastTimestamp',
        ],
        ...['--output', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}'],
      ]);
      const tail = ['logs', pod.name, '--container', container, '--tail', String(lines)];
      const now = await told(tail);
      const said = now.length > 0 ? now : await told([...tail, '--previous']);
      return [
        ...events.slice(-lines).map((line) => `${pod.name}: event: ${line}`),
        ...said.map((line) => `${pod.name}: ${line}`),
      ];
    },
    async lastLines(releaseId, lines) {
      // Each by itself: one that is about to end would make kubectl refuse those of all.
      const all = await list({ [releaseLabel]: releaseId });
      const options = ['--container', container, '--tail', String(lines), '--timestamps'];
      const written = (await Promise.all(all.map(({ name }) => told(['logs', name, ...options])))).flat();
      // Those of several pods come one pod after the other; their times tell the order.
      return written
        .sort()
        .map((line) => line.slice(line.indexOf(' ') + 1))
        .slice(-lines);
    },
  };
}

function troubleOf({
  phase,
  containerStatuses,
}: z.output<typeof podsShape>['items'][number]['status']): string {
  for (const { state, restartCount } of containerStatuses) {
    const again = restartCount > 0 ? `, started ${restartCount + 1} times` : '';
    if (state.waiting && state.waiting.reason !== 'ContainerCreating') {
      return `${state.waiting.reason}: ${state.waiting.message}${again}`;
    }
    if (state.terminated)
      return `${state.terminated.reason} with exit code ${state.terminated.exitCode}${again}`;
  }
  return `${phase}, not ready`;
}
