import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { helm } from './use-cluster.ts';

/** What `helm create web` makes, by path. */
export async function createdChart(): Promise<Record<string, string>> {
  const dir = await fs.mkdtemp(path.join(tmpdir(), 'chart-'));
  await execa(helm ?? 'helm', ['create', 'web'], { cwd: dir, env: { HOME: dir } });
  const found = await fs.readdir(path.join(dir, 'web'), { recursive: true, withFileTypes: true });
  const contents = found
    .filter((entry) => entry.isFile())
    .map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(path.join(dir, 'web'), file), await fs.readFile(file, 'utf8')] as const;
    });
  const made = Object.fromEntries(await Promise.all(contents));
  await fs.rm(dir, { recursive: true });
  return made;
}

const variables = `          env:
            - { name: PORT, value: {{ .Values.service.port | quote }} }
            {{- with .Values.releaseVariables }}{{ toYaml . | nindent 12 }}{{ end }}
`;

/** The same with what its author adds: variables, of its own and of the release. */
export async function chartWithVariables(): Promise<Record<string, string>> {
  const created = await createdChart();
  const file = 'templates/deployment.yaml';
  return { ...created, [file]: String(created[file]).replace(/^( {10}image: .*\n)/m, `$1${variables}`) };
}

/** The `chart` of a target that has it in `deploy/chart`, and beside it `deploy/staging.yaml`. */
export const chartTarget = (config: Record<string, unknown> = {}) => ({
  path: 'deploy/chart',
  values: ['deploy/staging.yaml'],
  set: { service: { port: 8080 }, podLabels: { app: 'web' } },
  valueNames: { variables: 'releaseVariables' },
  helm,
  ...config,
});

/** Those files, by path. */
export async function chartFiles(): Promise<Record<string, string>> {
  const files = Object.entries(await chartWithVariables());
  return {
    ...Object.fromEntries(files.map(([name, text]) => [`deploy/chart/${name}`, text])),
    'deploy/staging.yaml': 'readinessProbe: { periodSeconds: 1 }\nlivenessProbe: null\n',
  };
}
