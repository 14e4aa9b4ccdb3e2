import type { Policy } from './config/policy.ts';
import type { Config, EnvironmentConfig } from './config/schema.ts';
import type { Target } from './deployments/targets/types.ts';
import { DevopsError } from './errors.ts';
import type { Redact } from './operations/redaction/index.ts';
import type { State } from './platform/database.ts';
import { path } from './platform/files.ts';
import type { Repository } from './platform/git.ts';
import type { TaskBoard } from './tasks/types.ts';

/** Who asks. Over stdio it is the local user through some client; HTTP identities and roles fit in here later. */
export interface Caller {
  kind: 'mcp' | 'cli' | 'server';
  /** Operating-system user today, an authenticated principal over HTTP. */
  user: string;
  /** The MCP client's own name and version; a claim, not proof. */
  client?: string;
}

/** One project as every service sees it: its policy, its state, its tools. Built by app.ts alone. */
export interface Project {
  readonly dir: string;
  /** `.devops` of the project. */
  readonly stateDir: string;
  readonly config: Config;
  /** Absent where the project has no devops.yaml yet: tasks and records work, environments do not exist. */
  readonly configFile?: string;
  /** Names the policy in force: checks, gates, approvers with the content of their signer files. */
  readonly policyDigest: string;
  /** What the digest names, to be kept and compared. */
  readonly policy: Policy;
  readonly state: State;
  readonly tasks: TaskBoard;
  /** Variables of the server process, for configured commands that name them. */
  readonly serverEnvironment: Readonly<Record<string, string | undefined>>;
  /** Takes secrets out of text of others, before it reaches a disk, a model or a message. */
  readonly redact: Redact;
  /** @throws NO_REPOSITORY */
  repository(): Promise<Repository>;
  target(environment: string): Target;
  /** Starts a detached run of ours that outlives this process; the run finds its work by `id`. */
  startRun(kind: 'gate' | 'deployment', id: string): void;
  /**
   * Sends what waits in the outbox in the background, since a receiver may hang. Never rejects; ends when everything
   * that is due was tried.
   */
  deliverSoon(): Promise<void>;
}

/** Where clean checkouts of the project are made. */
export function checkoutPlaces({ stateDir, dir }: Project): { worktreesDir: string; projectDir: string } {
  return { worktreesDir: path.join(stateDir, 'worktrees'), projectDir: dir };
}

/** The task board and the place where changes to it are recorded. */
export interface RecordedBoard {
  readonly tasks: TaskBoard;
  readonly state: Pick<State, 'change'>;
  readonly redact: (text: string) => string;
}

/** @throws UNKNOWN_ENVIRONMENT naming those that exist */
export function environmentOf(project: Project, name: string): EnvironmentConfig {
  const environment = Object.hasOwn(project.config.environments, name)
    ? project.config.environments[name]
    : undefined;
  if (environment) return environment;
  if (project.configFile === undefined) {
    throw new DevopsError('CONFIG_MISSING', `there is no devops.yaml in ${project.dir}`, {
      remedy: 'A person runs "devops-engineer init" there and completes what it proposes.',
    });
  }
  const known = Object.keys(project.config.environments);
  throw new DevopsError(
    'UNKNOWN_ENVIRONMENT',
    `"${name}" is not an environment of ${project.config.project}`,
    {
      remedy:
        known.length > 0
          ? `Use one of: ${known.join(', ')}.`
          : 'Add one under "environments" in devops.yaml.',
    },
  );
}
