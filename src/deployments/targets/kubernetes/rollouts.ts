import * as z from 'zod';
import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { now, sleep } from '../../../platform/clock.ts';
import type { LogSink } from '../types.ts';
import type { ClusterClient } from './client.ts';
import type { Pod, Pods } from './pods.ts';

/** Deployments in the cluster, and waiting until Kubernetes has done what one of them says. */

const pollIntervalMs = 500;
const linesShown = 8;

const deploymentShape = z.object({
  metadata: z.object({
    generation: z.number().default(0),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    replicas: z.number().default(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: z
        .array(
          z.object({ type: z.string(), reason: z.string().default(''), message: z.string().default('') }),
        )
        .default([]),
    })
    .prefault({}),
});
export type Deployment = z.output<typeof deploymentShape>;

export interface Rollouts {
  /** @returns undefined where the cluster has none of that name. @throws TARGET_FAILED */
  find(name?: string): Promise<Deployment | undefined>;
  must(name?: string): Promise<Deployment>;
  podsOf(deployment: Deployment): Promise<Pod[]>;
  /**
   * Waits until Kubernetes has rolled a Deployment out and every pod of it is well.
   * @param what is rolled out, for people
   * @param lacks why a pod is not what it should be, or undefined
   * @throws TARGET_FAILED with events and last lines of a pod that is not
   */
  untilRolledOut(
    name: string,
    what: string,
    lacks: (pod: Pod) => Promise<string | undefined>,
    log: LogSink,
  ): Promise<void>;
}

export function openRollouts({
  config,
  kubectl,
  pods,
  environment,
}: {
  config: KubernetesTargetConfig;
  kubectl: ClusterClient;
  pods: Pods;
  environment: string;
}): Rollouts {
  const failure = (message: string, remedy: string) => new DevopsError('TARGET_FAILED', message, { remedy });

  async function find(name = config.deployment): Promise<Deployment | undefined> {
    const text = await kubectl.must(['get', 'deployment', name, '--ignore-not-found', '--output', 'json']);
    return text.trim() === '' ? undefined : deploymentShape.parse(JSON.parse(text));
  }

  async function must(name = config.deployment): Promise<Deployment> {
    const found = await find(name);
    if (found) return found;
    throw failure(
      `there is no Deployment ${name} in namespace ${config.namespace}`,
      'Create it once, or name its manifest in target.manifest.',
    );
  }

  const podsOf = (deployment: Deployment) => pods.list(deployment.spec.selector.matchLabels);

  return {
    find,
    must,
    podsOf,
    async untilRolledOut(name, what, lacks, log) {
      const deadline = now().getTime() + config.readyWithin;
      for (;;) {
        const deployment = await must(name);
        const { status, spec, metadata } = deployment;
        const all = await podsOf(deployment);
        const troubles = await Promise.all(
          all.map(async (pod) => ({ pod, why: pod.trouble ?? (await lacks(pod)) })),
        );
        // Pods of the release before are well; one that is not tells why the rollout does not go on.
        const found =
          troubles.find(({ pod }) => pod.trouble !== undefined) ?? troubles.find(({ why }) => why);
        const isSeen = status.observedGeneration >= metadata.generation;
        const counts = [status.replicas, status.updatedReplicas, status.availableReplicas, all.length];
        if (isSeen && !found && counts.every((count) => count === spec.replicas)) return;
        const late = status.conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
        if ((isSeen && late) || now().getTime() > deadline) {
          const lines = found ? await pods.explain(found.pod, linesShown) : [];
          for (const line of lines) log(line);
          const why = found ? `${found.pod.name}: ${found.why}` : (late?.message ?? 'not rolled out in time');
          throw failure(
            `${what} does not get ready on ${environment}: ${why}. ${lines.slice(-linesShown).join(' | ')}`,
            'Mend that in a new commit and deploy it; events and last lines are in the log of the deployment.',
          );
        }
        await sleep(pollIntervalMs);
      }
    },
  };
}
