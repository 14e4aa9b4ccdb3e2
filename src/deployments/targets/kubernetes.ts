import { capabilitiesOf } from '../../config/capabilities.ts';
import type { KubernetesTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { servesRelease } from '../../operations/probes.ts';
import { now, sleep } from '../../platform/clock.ts';
import { complaintOf } from '../../platform/container-client.ts';
import { digestOfFile, sha256 } from '../../platform/digest.ts';
import { exists, path } from '../../platform/files.ts';
import { minimalEnvironment } from '../../platform/processes.ts';
import { imageReferenceOf } from '../image-reference.ts';
import { portableVariables } from './environment.ts';
import { whileAdmitted } from './fence.ts';
import { agreed, refuseLive } from './instances.ts';
import { openChart } from './kubernetes/chart.ts';
import { openClusterClients } from './kubernetes/client.ts';
import type { ReleaseForm } from './kubernetes/form.ts';
import { openManifest } from './kubernetes/manifest.ts';
import { type ReleaseObjects, releaseLabel, replicasAnnotation, versionLabel } from './kubernetes/objects.ts';
import { openPods, type Pod } from './kubernetes/pods.ts';
import { openRollouts } from './kubernetes/rollouts.ts';
import { labelPrefix } from './labels.ts';
import { openScale } from './told-replicas.ts';
import type { Release, Target, TargetCall, TargetProblem, TargetSettings } from './types.ts';

const pollIntervalMs = 500;

/**
 * A Deployment of a Kubernetes cluster. Kubernetes rolls the release out; which one each pod runs is told by its labels
 * and, where `version` is configured, proven by its own word over the proxy of the API server.
 */
export function openKubernetesTarget(settings: TargetSettings<KubernetesTargetConfig>): Target {
  const { config, environment, projectDir, stateDir, serverEnvironment } = settings;
  const url = config.url.replace(/\/+$/, '');
  const targetId = sha256(path.resolve(stateDir)).slice(0, 12);
  const clients = openClusterClients({
    config,
    projectDir,
    environment: minimalEnvironment(serverEnvironment, config.passEnvironment),
    mark: `kubernetes-${targetId}`,
  });
  const { kubectl } = clients;
  const pods = openPods(kubectl, config);
  const rollouts = openRollouts({ config, kubectl, pods, environment });
  const form: ReleaseForm =
    config.chart === undefined
      ? openManifest({ config, projectDir, kubectl, rollouts })
      : openChart({ config, chart: config.chart, projectDir, stateDir, targetId, clients });
  const scale = openScale(stateDir);
  const failure = (message: string, remedy: string) => new DevopsError('TARGET_FAILED', message, { remedy });

  /** @throws TARGET_FAILED when the artifact is not what was proven */
  async function imageOf({ artifact, version }: Release): Promise<string> {
    const trouble = await imageTrouble(artifact);
    const image = trouble === undefined ? await imageReferenceOf(artifact) : undefined;
    if (image !== undefined) return image;
    throw failure(
      `${version} cannot run: ${trouble ?? 'its artifact is no reference of an image'}`,
      'Set artifact.path to "-" and let artifact.build print name@sha256:…, then deploy its commit anew.',
    );
  }

  /** Nothing that changes with the deployment: else the same release would be rolled out anew by each. */
  async function objectsOf(release: Release): Promise<ReleaseObjects> {
    const { commit, version, artifact } = release;
    return {
      deployment: config.deployment,
      container: config.container ?? config.deployment,
      image: await imageOf(release),
      labels: {
        [releaseLabel]: release.id,
        [versionLabel]: release.version,
        [`${labelPrefix}/environment`]: environment,
      },
      environment: portableVariables({ environment, commit, version, artifact, targetUrl: url }),
    };
  }

  async function hand(release: Release, call: TargetCall, isDryRun: boolean): Promise<void> {
    const deployment = await rollouts.find();
    const told = (await scale.read())[config.deployment];
    // It was taken out of service: as many as there were before.
    const before =
      deployment?.spec.replicas === 0 ? deployment.metadata.annotations[replicasAnnotation] : undefined;
    await form.hand(release, await objectsOf(release), {
      isDryRun,
      replicas: { told, before: before === undefined ? undefined : Number(before) },
      log: call.log,
      deploymentId: call.fence.deploymentId,
    });
  }

  /** Whoever has the authority, one after the other; what one of them left running when it was killed ends first. */
  async function exclusively(call: TargetCall, effect: () => Promise<void>): Promise<void> {
    await whileAdmitted(stateDir, call.fence, config.timeout, async () => {
      clients.endLeftovers();
      await effect();
    });
  }

  const lacksRelease =
    (release: Release) =>
    async (pod: Pod): Promise<string | undefined> => {
      if (pod.releaseId !== release.id) return `runs ${pod.version ?? 'something else'}`;
      const version = await pods.served(pod);
      if (version !== undefined && servesRelease(version, release)) return undefined;
      return version === undefined ? 'does not say which version it serves' : `serves ${version}`;
    };

  async function activate(release: Release, call: TargetCall): Promise<void> {
    await exclusively(call, () => hand(release, call, false));
    await rollouts.untilRolledOut(config.deployment, release.version, lacksRelease(release), call.log);
    call.log(`every pod serves ${release.version}`);
  }

  async function ours(): Promise<Pod[]> {
    const deployment = await rollouts.find();
    if (!deployment) return [];
    return (await rollouts.podsOf(deployment)).filter(
      ({ ready, releaseId }) => ready && releaseId !== undefined,
    );
  }

  return {
    kind: 'kubernetes',
    capabilities: capabilitiesOf.kubernetes,
    instances: 1,
    url,
    problems,
    async stage(release, call) {
      await exclusively(call, () => hand(release, call, true));
      return {};
    },
    activate,
    restore: activate,
    replicas: async (service) => (await rollouts.must(service)).spec.replicas,
    async scale(service, replicas, call) {
      await exclusively(call, async () => {
        await rollouts.must(service);
        if (service === config.deployment) await scale.set(service, replicas);
        await kubectl.change(['scale', 'deployment', service, `--replicas=${replicas}`], { log: call.log });
      });
      await rollouts.untilRolledOut(service, service, async () => undefined, call.log);
      call.log(`${service} runs ${replicas} times`);
    },
    async retire(release) {
      refuseLive(await ours(), release, environment);
    },
    async notRestorable(release) {
      try {
        await imageOf(release);
        await form.mustBeThere(release);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    async stop(call) {
      await exclusively(call, async () => {
        const deployment = await rollouts.find();
        if (!deployment) return;
        const { replicas } = deployment.spec;
        if (replicas > 0) {
          const kept = `${replicasAnnotation}=${replicas}`;
          await kubectl.change(['annotate', '--overwrite', 'deployment', config.deployment, kept], {
            log: call.log,
          });
        }
        await kubectl.change(['scale', 'deployment', config.deployment, '--replicas=0'], { log: call.log });
        await scale.forget();
      });
      const deadline = now().getTime() + config.readyWithin;
      while ((await ours()).length > 0 && now().getTime() < deadline) await sleep(pollIntervalMs);
      call.log(`${environment} is out of service`);
    },
    async live() {
      const running = await ours().catch(() => []); // who cannot be asked says nothing
      const seen = await Promise.all(
        running.map(async (pod) => ({ ...pod, serves: await pods.served(pod) })),
      );
      return agreed(seen);
    },
    async traffic() {
      return undefined;
    },
    releaseLog: (release, lines) => pods.lastLines(release.id, lines),
    async prune() {
      // Kubernetes keeps what its revisionHistoryLimit says, and images are the registry's
    },
  };

  async function problems(): Promise<TargetProblem[]> {
    const client = await kubectl.run(['version', '--client']);
    if (client.exitCode !== 0) {
      return [
        {
          what: `"${config.kubectl}" cannot be run: ${complaintOf(client)}`,
          remedy: 'Install kubectl, or set target.kubectl.',
        },
      ];
    }
    const allowed = await kubectl.run(['auth', 'can-i', 'patch', 'deployments.apps']);
    if (allowed.exitCode !== 0) {
      return [
        {
          what: `the cluster does not let this user change Deployments in ${config.namespace}: ${complaintOf(allowed)}`,
          remedy:
            'Set target.kubeconfig and target.context, name KUBECONFIG in target.passEnvironment, or give that user the right.',
        },
      ];
    }
    if (form.changesWhatIsThere && !(await rollouts.find())) {
      return [
        {
          what: `there is no Deployment ${config.deployment} in namespace ${config.namespace}`,
          remedy: 'Create it once, or name its manifest in target.manifest.',
        },
      ];
    }
    return form.problems();
  }
}

/** Why the artifact's file is not the one that was proven, or undefined when it is. */
async function imageTrouble({ path: file, digest }: Release['artifact']): Promise<string | undefined> {
  if (!(await exists(file))) return `its artifact ${digest} is no longer kept`;
  const found = await digestOfFile(file);
  return found === digest ? undefined : `its artifact was changed: ${found} instead of ${digest}`;
}
