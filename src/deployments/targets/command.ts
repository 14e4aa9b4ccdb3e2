import { capabilitiesOf } from '../../config/capabilities.ts';
import type { CommandTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { digestOfFile } from '../../platform/digest.ts';
import { exists } from '../../platform/files.ts';
import { minimalEnvironment, runCommand } from '../../platform/processes.ts';
import { runTold } from '../told-command.ts';
import { deploymentVariables } from './environment.ts';
import { admit } from './fence.ts';
import { shellProblems } from './shell.ts';
import type { Artifact, Release, Target, TargetCall, TargetSettings } from './types.ts';

/** Questions are asked while people wait, however long a deployment may take. */
const questionTimeoutMs = 30_000;

/**
 * Any tool the user has: configured commands bring a release live, bring one back, and tell what is live. They get
 * everything as environment variables and run in the project's folder.
 */
export function openCommandTarget(settings: TargetSettings<CommandTargetConfig>): Target {
  const { config, environment, projectDir, stateDir, serverEnvironment } = settings;
  const url = config.url.replace(/\/+$/, '');

  function variablesFor(release?: Release, call?: TargetCall): Record<string, string> {
    return {
      ...minimalEnvironment(serverEnvironment, config.passEnvironment),
      ...config.environment,
      ...deploymentVariables({
        environment,
        commit: release?.commit,
        version: release?.version,
        artifact: release?.artifact,
        deploymentId: call?.fence.deploymentId,
        release: call?.fence.number,
        previousVersion: call?.previous?.version,
        targetUrl: url,
      }),
    };
  }

  async function run(name: 'deploy' | 'rollback', release: Release, call: TargetCall): Promise<void> {
    await admit(stateDir, call.fence);
    const told = await runTold(
      {
        command: config[name],
        workDir: projectDir,
        environment: variablesFor(release, call),
        timeoutMs: config.timeout,
        signal: call.signal,
      },
      call.log,
    );
    if ('stdout' in told) return;
    throw new DevopsError('TARGET_FAILED', `the ${name} command of ${environment} failed ${told.failure}`, {
      remedy: `Make "${config[name]}" succeed; its output is in the log of the deployment.`,
    });
  }

  /** @returns what the command printed, or undefined when it did not end with 0 */
  async function ask(command: string, release?: Release): Promise<string | undefined> {
    const outcome = await runCommand({
      command,
      workDir: projectDir,
      environment: variablesFor(release),
      timeoutMs: Math.min(config.timeout, questionTimeoutMs),
    });
    return outcome.exitCode === 0 ? Buffer.from(outcome.stdout).toString('utf8').trim() : undefined;
  }

  return {
    kind: 'command',
    capabilities: capabilitiesOf.command,
    instances: 1,
    url,
    async problems() {
      const { deploy, rollback, status, version, restorable } = config;
      return shellProblems({ deploy, rollback, status, version, restorable });
    },
    async stage() {
      return {};
    },
    async activate(release, call) {
      const change = await changeOf(release.artifact);
      if (change !== undefined) {
        throw new DevopsError('TARGET_FAILED', `${release.version} is not what was proven: ${change}`, {
          remedy: `Deploy commit ${release.commit} anew, which builds its artifact again.`,
        });
      }
      await run('deploy', release, call);
    },
    restore: (release, call) => run('rollback', release, call),
    async retire() {
      // the deploy command has replaced what was there
    },
    async notRestorable({ artifact, ...release }) {
      const change = await changeOf(artifact);
      if (change !== undefined || config.restorable === undefined) return change;
      const answer = await ask(config.restorable, { artifact, ...release });
      return answer === undefined ? `the configured command "${config.restorable}" says no` : undefined;
    },
    async stop() {
      throw new DevopsError(
        'TARGET_FAILED',
        `a command target cannot take ${environment} out of service: it has commands to bring a release live, none to end one`,
        {
          remedy: `A person ends the first release of ${environment} with the tool that deployed it, or a fixed one is deployed over it.`,
        },
      );
    },
    async live() {
      if (config.status !== undefined && (await ask(config.status)) === undefined) return undefined;
      const version = config.version === undefined ? undefined : await ask(config.version);
      return version ? { version } : undefined;
    },
    async traffic() {
      return undefined;
    },
    async releaseLog() {
      return [];
    },
    async prune() {
      // what the commands have left behind is theirs
    },
  };
}

/** Why the artifact's file is not the one that was proven, or undefined when it is. */
async function changeOf({ path, digest }: Artifact): Promise<string | undefined> {
  if (!(await exists(path))) return `its artifact ${digest} is no longer kept`;
  const found = await digestOfFile(path);
  return found === digest ? undefined : `its artifact was changed: ${found} instead of ${digest}`;
}
