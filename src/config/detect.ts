import * as z from 'zod';
import { exists, path, readTextIfExists } from '../platform/files.ts';
import {
  composeFactsOf,
  exposedPortOf,
  goModuleOf,
  kubernetesFactsOf,
  makeTargetsOf,
  webProcessOf,
} from './manifests.ts';
import type {
  KubernetesFacts,
  NodeFacts,
  PackageManager,
  ProjectFacts,
  PythonFacts,
} from './project-facts.ts';

/** Looks at a project's own files, so that `init` can propose what is really there. Changes nothing. */
export async function detectProject(dir: string): Promise<ProjectFacts> {
  const read = (file: string) => readTextIfExists(path.join(dir, file));
  const has = (file: string) => exists(path.join(dir, file));
  const [manifest, makefile, procfile, dockerfile, goMod] = await Promise.all(
    ['package.json', 'Makefile', 'Procfile', 'Dockerfile', 'go.mod'].map(read),
  );
  const node = await nodeFacts(manifest, has);
  const port = dockerfile === undefined ? undefined : exposedPortOf(dockerfile);
  return withoutGaps({
    name: node?.name ?? path.basename(path.resolve(dir)),
    node: node?.facts,
    python: await pythonFacts(has),
    goModule: goMod && goModuleOf(goMod),
    makeTargets: makefile === undefined ? [] : makeTargetsOf(makefile),
    procfileWeb: procfile && webProcessOf(procfile),
    dockerfile: dockerfile === undefined ? undefined : withoutGaps({ port }),
    compose: await composeFacts(read),
    kubernetes: await kubernetesFacts(read, has),
    chart: await firstOf(['.', 'chart', 'charts', 'helm'], (folder) => has(path.join(folder, 'Chart.yaml'))),
  });
}

type Read = (file: string) => Promise<string | undefined>;
type Has = (file: string) => Promise<boolean>;

const packageManifest = z.object({
  name: z.string().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.unknown()).default({}),
  devDependencies: z.record(z.string(), z.unknown()).default({}),
});

async function nodeFacts(
  text: string | undefined,
  has: Has,
): Promise<{ name: string | undefined; facts: NodeFacts } | undefined> {
  const manifest = packageManifest.safeParse(parseJson(text)).data;
  if (!manifest) return undefined;
  const lock = await firstOf(Object.keys(lockFiles), has);
  const { packageManager, install } = lockFiles[lock ?? ''] ?? {
    packageManager: 'npm',
    install: 'npm install',
  };
  const modern = packageManager === 'yarn' && (await has('.yarnrc.yml'));
  const needsInstall =
    Object.keys(manifest.dependencies).length + Object.keys(manifest.devDependencies).length > 0;
  return {
    name: manifest.name,
    facts: {
      packageManager,
      hasLock: lock !== undefined,
      scripts: manifest.scripts,
      ...(needsInstall && { install: modern ? 'yarn install --immutable' : install }),
    },
  };
}

const lockFiles: Record<string, { packageManager: PackageManager; install: string }> = {
  'pnpm-lock.yaml': { packageManager: 'pnpm', install: 'pnpm install --frozen-lockfile' },
  'yarn.lock': { packageManager: 'yarn', install: 'yarn install --frozen-lockfile' },
  'package-lock.json': { packageManager: 'npm', install: 'npm ci' },
  'npm-shrinkwrap.json': { packageManager: 'npm', install: 'npm ci' },
};

const pipInstall = 'python3 -m venv .venv && .venv/bin/pip install --quiet';

/** How to run pytest, by what stands at the top of the project; the first that is there counts. */
const pythonSetups: [file: string, facts: PythonFacts][] = [
  ['uv.lock', { install: 'uv sync --locked', prefix: 'uv run ' }],
  ['poetry.lock', { install: 'poetry install', prefix: 'poetry run ' }],
  ['requirements-dev.txt', { install: `${pipInstall} -r requirements-dev.txt`, prefix: '.venv/bin/' }],
  ['requirements.txt', { install: `${pipInstall} -r requirements.txt pytest`, prefix: '.venv/bin/' }],
  ['pyproject.toml', { install: `${pipInstall} -e . pytest`, prefix: '.venv/bin/' }],
];

async function pythonFacts(has: Has): Promise<PythonFacts | undefined> {
  const setup = await firstOf(pythonSetups, ([file]) => has(file));
  return setup?.[1];
}

const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

async function composeFacts(read: Read) {
  for (const file of composeFiles) {
    const text = await read(file);
    if (text !== undefined) return composeFactsOf(file, text);
  }
  return undefined;
}

const manifestFolders = ['k8s', 'kubernetes', 'manifests', 'deploy'];
/** Names under which people keep them; a kustomization names its own. */
const manifestNames = ['deployment', 'app', 'web', 'all', 'ingress', 'service'].flatMap((name) => [
  `${name}.yaml`,
  `${name}.yml`,
]);

async function kubernetesFacts(read: Read, has: Has): Promise<KubernetesFacts | undefined> {
  for (const folder of ['.', ...manifestFolders]) {
    const kustomization = await firstText(
      ['kustomization.yaml', 'kustomization.yml'].map((name) => path.join(folder, name)),
      read,
    );
    const isManifestFolder = folder !== '.' && folder !== 'deploy' && (await has(folder));
    if (kustomization === undefined && !isManifestFolder && folder !== 'deploy') continue;
    const resources = [...(kustomization ?? '').matchAll(/^\s*-\s+["']?([\w./-]+\.ya?ml)["']?\s*$/gm)];
    const names = [...resources.map(([, name]) => name as string), ...manifestNames];
    const texts = await Promise.all(names.map((name) => read(path.join(folder, name))));
    const facts = kubernetesFactsOf(
      folder,
      texts.filter((text) => text !== undefined),
    );
    if (facts.deployment !== undefined || kustomization !== undefined || isManifestFolder) return facts;
  }
  return undefined;
}

async function firstText(files: string[], read: Read): Promise<string | undefined> {
  for (const file of files) {
    const text = await read(file);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function firstOf<T>(
  candidates: readonly T[],
  holds: (one: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const one of candidates) if (await holds(one)) return one;
  return undefined;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

type Filled<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function withoutGaps<T extends object>(facts: T): Filled<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Filled<T>;
}
