import { capabilitiesOf } from '../../config/capabilities.ts';
import type { ComposeTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { complaintOf, openContainerClient } from '../../platform/container-client.ts';
import { sha256 } from '../../platform/digest.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import { exists, path, readTextIfExists } from '../../platform/files.ts';
import { valuesOf } from '../../platform/process-host/protocol.ts';
import { minimalEnvironment } from '../../platform/processes.ts';
import { makeFolder } from '../../platform/release-folders.ts';
import { openComposeFiles } from './compose/files.ts';
import { type Instance, openInstances } from './compose/instances.ts';
import { labelPrefix, overrideText } from './compose/override.ts';
import { type ComposeProject, composeRemedy, openCompose } from './compose/program.ts';
import { openImages } from './container/images.ts';
import { deploymentVariables } from './environment.ts';
import { admit } from './fence.ts';
import type { Release, Target, TargetCall, TargetProblem, TargetSettings } from './types.ts';

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
    const { DEVOPS_ARTIFACT: _ofThisMachine, ...known } = deploymentVariables({
      environment,
      commit,
      version,
      artifact,
      targetUrl: url,
    });
    return known;
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
    await makeFolder(stateDir);
    await withFileLock(
      path.join(stateDir, 'compose'),
      async () => {
        await admit(stateDir, call.fence);
        compose.endLeftovers();
        await effect();
      },
      { timeoutMs: config.timeout },
    );
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
      await compose.run(
        projectOf(release, names),
        ['up', '--detach', '--no-build', '--remove-orphans'],
        call.log,
      );
      await instances.removeOthers(release, call.log);
      await instances.untilReady(release, imageId, call.log);
    });
    call.log(`${environment} serves ${release.version}`);
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
    async problems() {
      const dockerTrouble = await dockerProblem();
      return dockerTrouble ? [dockerTrouble] : await composeProblems();
    },
    stage,
    activate,
    restore: activate,
    async retire(release) {
      // Compose has replaced its instances; only one that is still live could be meant by mistake.
      const live = (await ours()).find(({ releaseId }) => releaseId === release.id);
      if (!live) return;
      throw new DevopsError('TARGET_FAILED', `${release.version} is live as ${live.name} and is not ended`, {
        remedy: `Deploy or roll back ${environment} to another release first.`,
      });
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
      });
      call.log(`${environment} is out of service; its volumes are kept`);
    },
    async live() {
      const running = await ours().catch(() => []); // who cannot be asked says nothing
      const seen = await Promise.all(
        running.map(async (one) => ({ ...one, serves: await instances.served(one) })),
      );
      const [first] = seen;
      if (!first) return undefined;
      const agree = seen.every((one) => one.releaseId === first.releaseId && one.serves === first.serves);
      if (agree) {
        return {
          ...(first.releaseId !== undefined && { releaseId: first.releaseId }),
          ...(first.serves !== undefined && { version: first.serves }),
        };
      }
      return {
        version: `mixed: ${seen.map(({ name, serves }) => `${name} ${serves ?? 'unknown'}`).join('; ')}`,
      };
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

  async function dockerProblem(): Promise<TargetProblem | undefined> {
    const outcome = await client.run(['version', '--format', '{{.Server.Version}}']);
    if (outcome.exitCode === 0) return undefined;
    return {
      what: `"${config.docker} version" fails: ${complaintOf(outcome)}`,
      remedy:
        'Install Docker, let this user use it, and name in target.passEnvironment what leads there, such as DOCKER_HOST.',
    };
  }

  /** The file of the working tree is not the one that counts, but the next commit is likely to have it. */
  async function composeProblems(): Promise<TargetProblem[]> {
    if ((await compose.find()) === undefined)
      return [{ what: 'there is no Docker Compose', remedy: composeRemedy }];
    const file = path.join(projectDir, config.file);
    if (!(await exists(file))) {
      return [
        { what: `there is no ${config.file}`, remedy: 'Commit it, or set target.file in devops.yaml to it.' },
      ];
    }
    try {
      const variables = {
        ...deploymentVariables({ environment, commit: 'check', version: 'check', targetUrl: url }),
        DEVOPS_ARTIFACT_DIGEST: 'check',
        DEVOPS_IMAGE: 'check',
      };
      await overrideText((await readTextIfExists(file)) ?? '', {
        service: config.service,
        image: '',
        labels: {},
        environment: {},
      });
      await compose.run({ name: composeProject, files: [file], variables }, ['config', '--quiet']);
      return [];
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      return [{ what: error.message, remedy: error.remedy }];
    }
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
