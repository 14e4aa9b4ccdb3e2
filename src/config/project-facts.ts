/** What was found in a project, for the configuration that `init` proposes. Pure types. */

export type PackageManager = 'npm' | 'pnpm' | 'yarn';

export interface NodeFacts {
  packageManager: PackageManager;
  /** Installs exactly what the lock file names; absent where nothing has to be installed. */
  install?: string;
  hasLock: boolean;
  scripts: Record<string, string>;
}

export interface PythonFacts {
  /** Makes an environment with the dependencies. */
  install: string;
  /** What commands of that environment begin with, for example `uv run `. */
  prefix: string;
}

export interface ComposeFacts {
  file: string;
  /** First port that is published to the host. */
  port?: number;
  /** Folders of the project that a container writes to directly. */
  bindMounts: boolean;
}

export interface KubernetesFacts {
  /** Folder or file it was found in. */
  found: string;
  deployment?: { name: string; namespace?: string; container: string; image: string };
  /** Where an Ingress says that the service answers. */
  url?: string;
}

export interface ProjectFacts {
  name: string;
  node?: NodeFacts;
  python?: PythonFacts;
  goModule?: string;
  makeTargets: string[];
  /** The command of the `web:` line of a Procfile. */
  procfileWeb?: string;
  /** Port that the Dockerfile exposes, where it does. */
  dockerfile?: { port?: number };
  compose?: ComposeFacts;
  kubernetes?: KubernetesFacts;
  /** Folder of a Helm chart. */
  chart?: string;
}
