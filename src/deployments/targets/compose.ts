import { capabilitiesOf } from '../../config/capabilities.ts';
import type { ComposeTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { openContainerClient } from '../../platform/container-client.ts';
import { sha256 } from '../../platform/digest.ts';
import { exists, path, readTextIfExists } from '../../platform/files.ts';
import { valuesOf } from '../../platform/process-host/protocol.ts';
import { minimalEnvironment } from '../../platform/processes.ts';
import { openComposeFiles } from './compose/files.ts';
import { type Instance, openInstances } from './compose/instances.ts';
import { overrideText } from './compose/override.ts';
import { composeProblems } from './compose/problems.ts';
import { type ComposeProject, openCompose } from './compose/program.ts';
import { openImages } from './container/images.ts';
import { deploymentVariables, portableVariables } from './environment.ts';
import { admit, whileAdmitted } from './fence.ts';
import { refuseLive } from './instances.ts';
import { labelPrefix } from './labels.ts';
import { openScale } from './told-replicas.ts';
import type { Release, Target, TargetCall, TargetSettings } from './types.ts';

/**
 * Docker Compose: the compose file of the release's commit, with the release's image, by its id, in one of its services.
 * Compose replaces the instances; which release each of them runs is told by their labels and proven by their image.
 */
export function openComposeTarget(settings: TargetSettings<ComposeTargetConfig>): Target {
  const { config, environment, project, projectDir, stateDir, serverEnvironment } = settings;
  const url = config.url.replace(/\/+$/, '');
  const composeProject = config.project ?? composeProjectName(project, environment);
  const targetId = sha256(path.resolve(stateDir)).slice(0, 12);
  const docker = minimalEnvironment(serverEnvironment, config.passEnvironment);
  const passed = valuesOf(serverEnvironment, config.passToService);
  const client = openContainerClient(config.docker, { workDir: projectDir, environment: docker });
  const images = openImages({ config, client, stateDir, targetId });
  const files = openComposeFiles({ projectDir, stateDir, file: config.file });
  const scale = openScale(stateDir);
  const compose = openCompose({
    config,
    workDir: projectDir,
    environment: { ...docker, ...passed, ...config.environment },
    mark: `compose-${targetId}`,
  });
  const instances = openInstances({
    config,
    client,
    composeProject,
    environment,
    workDir: projectDir,
    variables: { ...docker, ...config.environment, DEVOPS_ENVIRONMENT: environment, TARGET_URL: url },
  });

  /** Nothing that changes with the deployment: else the same release would be started anew by each. */
  function facts({ commit, version, artifact }: Release): Record<string, string> {
    return portableVariables({ environment, commit, version, artifact, targetUrl: url });
  }

  const projectOf = (release: Release, names: readonly string[]): ComposeProject => ({
    name: composeProject,
    files: names,
    variables: { ...facts(release), DEVOPS_IMAGE: images.nameFor(release.id) },
  });

  const override = (release: Release) => async (composeFile: string) =>
    overrideText((await readTextIfExists(composeFile)) ?? '', {
      service: config.service,
      image: images.nameFor(release.id),
      labels: Object.fromEntries(
        Object.entries({
          target: targetId,
          project,
          environment,
          release: release.id,
          version: release.version,
          commit: release.commit,
          artifact: release.artifact.digest,
        }).map(([name, value]) => [`${labelPrefix}.${name}`, value]),
      ),
      environment: {
        ...facts(release),
        ...Object.fromEntries(Object.keys(passed).map((name) => [name, null])),
      },
    });

  /** One effect at a time, of whoever has the authority, and nothing of a run that was killed goes on beside it. */
  async function exclusively(call: TargetCall, effect: () => Promise<void>): Promise<void> {
    await whileAdmitted(stateDir, call.fence, config.timeout, async () => {
      compose.endLeftovers();
      await effect();
    });
  }

  /** Image and files are here afterwards. */
  async function place(release: Release, call: TargetCall): Promise<{ imageId: string; names: string[] }> {
    await admit(stateDir, call.fence);
    const { id: imageId } = await images.ensure(release, call.log);
    return { imageId, names: await files.place(release, override(release)) };
  }

  /** Compose must understand the files before anything is touched. @throws TARGET_FAILED */
  async function stage(release: Release, call: TargetCall): Promise<Record<string, never>> {
    const { names } = await place(release, call);
    await compose.run(projectOf(release, names), ['config', '--quiet']);
    return {};
  }

  async function activate(release: Release, call: TargetCall): Promise<void> {
    const { imageId } = await place(release, call);
    await exclusively(call, async () => {
      refuseForeign(await instances.list());
      const names = await files.makeCurrent(release);
      const started = projectOf(release, names);
      const told = await toldReplicas(started);
      const numbers = Object.entries(told).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
      await compose.run(started, ['up', '--detach', '--no-build', '--remove-orphans', ...numbers], call.log);
      await instances.removeOthers(release, call.log);
      await instances.untilReady(release, imageId, call.log, told[config.service]);
    });
    call.log(`${environment} serves ${release.version}`);
  }

  /** Numbers of instances that were told, of services that there still are. */
  async function toldReplicas(started: ComposeProject): Promise<Record<string, number>> {
    const told = Object.entries(await scale.read());
    if (told.length === 0) return {};
    const services = await servicesOf(started);
    return Object.fromEntries(told.filter(([service]) => services.includes(service)));
  }

  async function servicesOf(started: ComposeProject): Promise<string[]> {
    return (await compose.run(started, ['config', '--services'])).trim().split(/\s+/);
  }

  async function bringTo(service: string, replicas: number, call: TargetCall): Promise<void> {
    const names = await files.current();
    const [live] = await ours();
    if (!names || live?.releaseId === undefined) {
      throw new DevopsError('TARGET_FAILED', `nothing is live on ${environment} that could be scaled`, {
        remedy: 'Deploy a release first.',
      });
    }
    const running = { name: composeProject, files: names, variables: variablesOf(live) };
    const services = await servicesOf(running);
    if (!services.includes(service)) {
      throw new DevopsError('TARGET_FAILED', `${config.file} has no service ${service}`, {
        remedy: `Name one of: ${services.join(', ')}.`,
      });
    }
    await scale.set(service, replicas);
    const parameters = [
      '--detach',
      '--no-build',
      '--no-recreate',
      '--no-deps',
      '--scale',
      `${service}=${replicas}`,
    ];
    await compose.run(running, ['up', ...parameters, service], call.log);
    if (service !== config.service) return instances.untilSteady(service, replicas);
    const release = {
      id: live.releaseId,
      version: live.version ?? live.releaseId,
      commit: live.labels[`${labelPrefix}.commit`] ?? '',
    };
    await instances.untilReady(release, live.image, call.log, replicas);
  }

  /** Somebody else's project of the same name would be replaced by ours. */
  function refuseForeign(all: readonly Instance[]): void {
    const foreign = all.find(
      (one) => one.targetId !== targetId && !(one.targetId === undefined && config.project),
    );
    if (!foreign) return;
    const whose =
      foreign.targetId === undefined ? 'was not brought by us' : 'belongs to another project folder';
    throw new DevopsError(
      'TARGET_FAILED',
      `the Compose project ${composeProject} is there already: its container ${foreign.name} ${whose}`,
      {
        remedy:
          foreign.targetId === undefined
            ? `Set target.project in devops.yaml to ${composeProject}, which takes it over, or to another name.`
            : 'Set target.project in devops.yaml to another name, or take the other one out of service with "devops-engineer down".',
      },
    );
  }

  async function ours(): Promise<Instance[]> {
    return (await instances.list()).filter((one) => one.targetId === targetId && one.runs);
  }

  return {
    kind: 'compose',
    capabilities: capabilitiesOf.compose,
    instances: 1,
    url,
    problems() {
      const facts = deploymentVariables({ environment, commit: 'check', version: 'check', targetUrl: url });
      const variables = { ...facts, DEVOPS_ARTIFACT_DIGEST: 'check', DEVOPS_IMAGE: 'check' };
      const checked = { name: composeProject, variables };
      return composeProblems({ config, client, compose, projectDir, project: checked });
    },
    stage,
    activate,
    restore: activate,
    replicas: async (service) => (await scale.read())[service] ?? (await instances.list(service)).length,
    async scale(service, replicas, call) {
      await exclusively(call, () => bringTo(service, replicas, call));
      call.log(`${service} runs ${replicas} times`);
    },
    async retire(release) {
      refuseLive(await ours(), release, environment);
    },
    notRestorable: async (release) => (await images.obstacle(release)) ?? (await files.obstacle(release)),
    async stop(call) {
      const names = await files.current();
      if (!names && !(await exists(stateDir))) return; // nothing was ever started here
      await exclusively(call, async () => {
        const [one] = await instances.list();
        if (names) {
          const variables = one ? variablesOf(one) : { DEVOPS_IMAGE: 'none' };
          await compose.run(
            { name: composeProject, files: names, variables },
            ['down', '--remove-orphans'],
            call.log,
          );
        } else if (one?.targetId === targetId) await instances.removeAll();
        await files.forgetCurrent();
        await scale.forget();
      });
      call.log(`${environment} is out of service; its volumes are kept`);
    },
    async live() {
      const running = await ours().catch(() => []); // who cannot be asked says nothing
      return instances.agreed(running);
    },
    async traffic() {
      return undefined;
    },
    releaseLog: (release, lines) => instances.lastLines(release.id, lines),
    async prune({ releases, inUse }, call) {
      if (!(await exists(stateDir))) return;
      await admit(stateDir, call.fence);
      const newest = [...new Set(releases.map(({ id }) => id))].slice(0, config.keep);
      const serving = (await ours()).flatMap(({ releaseId }) => releaseId ?? []);
      const needed = new Set([...newest, ...inUse, ...serving]);
      await files.prune(needed);
      await images.prune(needed, call.log);
    },
  };

  /** What its compose file was given, as its labels tell. */
  function variablesOf({ labels, releaseId = '' }: Instance): Record<string, string> {
    const label = (name: string) => labels[`${labelPrefix}.${name}`] ?? '';
    return {
      ...deploymentVariables({
        environment,
        commit: label('commit'),
        version: label('version'),
        targetUrl: url,
      }),
      DEVOPS_ARTIFACT_DIGEST: label('artifact'),
      DEVOPS_IMAGE: images.nameFor(releaseId),
    };
  }
}

/** What Compose takes as a name. */
function composeProjectName(project: string, environment: string): string {
  const plain = project
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return plain === '' ? environment : `${plain}-${environment}`;
}
