import type { ComposeTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { complaintOf } from '../../../platform/container-client.ts';
import { runCommand } from '../../../platform/processes.ts';
import { endStrays, strayMark } from '../../../platform/strays.ts';
import type { LogSink } from '../types.ts';

/** Docker Compose as a program: the plugin of Docker (version 2), or the older `docker-compose` (1.29). */

const questionTimeoutMs = 30_000;

/** What Compose works on. The last files win. */
export interface ComposeProject {
  name: string;
  files: readonly string[];
  /** What the files may put in. */
  variables: Record<string, string>;
}

export interface Compose {
  /** How it is called; undefined when there is none. */
  find(): Promise<string | undefined>;
  /** @returns standard output. @throws TARGET_FAILED with what it said last */
  run(project: ComposeProject, parameters: readonly string[], log?: LogSink): Promise<string>;
  /** Ends what a run of ours that was killed left running: Compose itself outlives whoever called it. */
  endLeftovers(): void;
}

/**
 * @param environment the complete environment of the program, beside the variables of a project
 * @param mark names the target among all on this machine
 */
export function openCompose({
  config,
  workDir,
  environment,
  mark,
}: {
  config: ComposeTargetConfig;
  workDir: string;
  environment: Record<string, string>;
  mark: string;
}): Compose {
  const run = (command: string, parameters: readonly string[], options: { timeoutMs: number } & Options) =>
    runCommand({
      command: `${command} "$@"`,
      parameters,
      workDir,
      environment: { ...environment, ...options.variables, [strayMark]: mark },
      timeoutMs: options.timeoutMs,
      ...(options.onLine && { onLine: options.onLine }),
    });
  interface Options {
    variables?: Record<string, string>;
    onLine?: LogSink;
  }

  let found: Promise<string | undefined> | undefined;
  async function look(): Promise<string | undefined> {
    const known =
      config.compose === undefined ? [`${config.docker} compose`, 'docker-compose'] : [config.compose];
    for (const command of known) {
      const { exitCode } = await run(command, ['version'], { timeoutMs: questionTimeoutMs });
      if (exitCode === 0) return command;
    }
    return undefined;
  }
  const find = () => {
    found ??= look();
    return found;
  };

  return {
    find,
    async run({ name, files, variables }, parameters, log) {
      const command = await find();
      if (command === undefined) throw missing();
      const all = ['--ansi', 'never', '--project-name', name, ...files.flatMap((file) => ['--file', file])];
      log?.(`$ ${[command, ...all, ...parameters].join(' ')}`);
      const outcome = await run(command, [...all, ...parameters], {
        variables,
        timeoutMs: log ? config.timeout : questionTimeoutMs,
        ...(log && { onLine: log }),
      });
      if (outcome.exitCode === 0) return Buffer.from(outcome.stdout).toString('utf8');
      throw new DevopsError(
        'TARGET_FAILED',
        `"${command} ${parameters[0]}" failed: ${complaintOf(outcome)}`,
        {
          remedy: `Mend what it names: the compose file of the commit, the variables in target.passEnvironment, or Docker itself.`,
        },
      );
    },
    endLeftovers() {
      endStrays(mark);
    },
  };

  function missing(): DevopsError {
    return new DevopsError('TARGET_FAILED', 'there is no Docker Compose', { remedy: composeRemedy });
  }
}

export const composeRemedy =
  'Install the plugin "docker compose" or docker-compose 1.29, or name it in target.compose.';
