import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { initProject } from '../../src/config/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'init-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function project(files: Record<string, unknown>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(dir, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const written = (name: string) => readFileSync(path.join(dir, name), 'utf8');

async function proposal() {
  await initProject(dir);
  return { text: written('devops.yaml'), ...(await loadConfig(dir)).config };
}

/** The proposal after a person has decided everything: all that is commented out is in force. */
function decided(text: string) {
  const inForce = text
    .replace(/^# checks:\n(#.*\n)+/m, '') // an example, not a proposal
    .replace(/^environments: \{\}\n/m, '')
    .replaceAll(/^( *)# (?=environments:|approvers:|notify:)/gm, '$1')
    .replaceAll(/^( *)# (?=(staging|production|stakeholder|reviewer):| +\S|- )/gm, '$1')
    .replaceAll(/^# (?= )/gm, '');
  return parseConfig(inForce, 'devops.yaml');
}

describe('five projects, each with what it really has', () => {
  test('a Node service with vitest and an npm lock file', async () => {
    project({
      'package.json': {
        name: 'shop',
        scripts: {
          test: 'vitest run',
          smoke: 'node --test smoke/',
          regression: 'playwright test',
          lint: 'biome check . && tsc',
          build: 'tsc',
          start: 'node dist/server.js',
        },
        devDependencies: { vitest: '4' },
      },
      'package-lock.json': {},
    });
    const { project: name, checks, artifact, environments, text } = await proposal();
    expect(name).toBe('shop');
    expect(checks.unit).toMatchObject({
      prepare: 'npm ci',
      run: 'npm test -- --run --reporter=junit --outputFile=reports/unit.xml',
      report: { format: 'junit', path: 'reports/unit.xml' },
    });
    // `smoke/` stands last: flags behind it would go to the tests, so the exit code is the proof
    expect(checks.smoke).toMatchObject({ run: 'npm run smoke', report: { format: 'exitCode' } });
    expect(checks.regression?.environment).toEqual({
      PLAYWRIGHT_JUNIT_OUTPUT_NAME: 'reports/regression.xml',
    });
    expect(checks.dependencies?.report.format).toBe('npm-audit');
    expect(artifact).toMatchObject({ prepare: 'npm ci', build: 'npm run build' });
    expect(Object.keys(environments)).toEqual(['staging']);
    expect(Object.keys(environments.staging?.gate ?? {}).sort()).toEqual([
      'dependencies',
      'lint',
      'smoke',
      'unit',
    ]);
    expect(environments.staging?.target).toMatchObject({
      kind: 'process',
      run: 'node dist/server.js',
      port: 8080,
    });
    expect(decided(text).environments.production).toMatchObject({
      after: 'staging',
      gate: { regression: { value: 95 }, rollback: 'verified' },
      target: { kind: 'process', port: 8090 },
    });
  });

  test('a service with jest, pnpm and a compose file', async () => {
    project({
      'package.json': {
        name: '@acme/api',
        scripts: { 'test:unit': 'jest --ci' },
        dependencies: { express: '5' },
      },
      'pnpm-lock.yaml': '',
      'compose.yaml':
        'services:\n  web:\n    build: .\n    ports: ["8088:3000"]\n    volumes: ["./data:/data"]\n',
    });
    const { checks, artifact, environments, text } = await proposal();
    expect(checks.unit).toMatchObject({
      prepare: 'pnpm install --frozen-lockfile',
      run: 'mkdir -p reports && pnpm run test:unit --json --outputFile=reports/unit.json',
      report: { format: 'jest' },
    });
    expect(artifact.prepare).toBeUndefined(); // compose builds the image from the sources
    expect(environments.staging?.target).toMatchObject({ kind: 'command', url: 'http://127.0.0.1:8088' });
    expect(text).toContain('docker compose --project-name acme-api-staging');
    expect(text).toContain('It mounts folders of the project');
    expect(decided(text).environments.production?.target.kind).toBe('command');
  });

  test('Kubernetes manifests with a Dockerfile', async () => {
    project({
      Dockerfile: 'FROM node:22\nEXPOSE 3000\n',
      'k8s/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: app, image: "registry.example.com:5000/api:1.2" }]
---
kind: Ingress
spec: { tls: [{}], rules: [{ host: api.example.com }] }
`,
    });
    const { environments, text } = await proposal();
    const target = environments.staging?.target;
    if (target?.kind !== 'command') throw new Error('not a command target');
    expect(target.url).toBe('https://api.example.com');
    expect(target.environment).toEqual({ KUBE_CONTEXT: 'staging' });
    expect(target.deploy).toContain('docker push registry.example.com:5000/api:$DEVOPS_VERSION');
    const kubectl = 'kubectl --context "$KUBE_CONTEXT" --namespace shop';
    expect(target.rollback).toContain(
      `${kubectl} set image deployment/api app=registry.example.com:5000/api:$DEVOPS_VERSION`,
    );
    const uses = [target.deploy, target.rollback, target.status, target.version].join('\n');
    expect(uses.match(/kubectl (?!--context)/g)).toBeNull(); // never whatever cluster happens to be current
    expect(decided(text).environments.production?.target).toMatchObject({
      environment: { KUBE_CONTEXT: 'production' },
    });
  });

  test('a Python service: how its process finds its packages is left to a person', async () => {
    project({
      'pyproject.toml': '',
      'uv.lock': '',
      Procfile: 'web: gunicorn app:app\nworker: python worker.py\n',
    });
    const { checks, environments, text } = await proposal();
    expect(checks.unit).toMatchObject({
      prepare: 'uv sync --locked',
      run: 'uv run pytest --junitxml=reports/unit.xml',
    });
    expect(environments).toEqual({});
    expect(text).toContain('# To decide: how the service finds its Python packages.');
    expect(decided(text).environments.staging?.target).toMatchObject({ run: 'gunicorn app:app' });
  });

  test('a Go module with a Makefile: the address is left to a person', async () => {
    project({
      'go.mod': 'module example.com/svc\n\ngo 1.25\n',
      Makefile: 'VERSION := 1\ntest: build\n\tgo test\ndeploy:\n\t./deploy\nrollback:\n\t./rollback\n',
    });
    const { checks, environments, text } = await proposal();
    expect(Object.values(checks).map(({ run }) => run)).toEqual(['go test ./...', 'go vet ./...']);
    expect(environments).toEqual({});
    expect(text).toContain('# To decide: the address at which the service answers (url).');
    expect(decided(text).environments.staging?.target).toMatchObject({
      deploy: 'make deploy',
      rollback: 'make rollback',
    });
  });
});

describe('other projects', () => {
  test('an empty folder gets a configuration that is valid and claims nothing', async () => {
    const { checks, environments } = await proposal();
    expect({ checks, environments }).toEqual({ checks: {}, environments: {} });
  });

  test('the script of "npm init" is no test', async () => {
    project({ 'package.json': { scripts: { test: 'echo "Error: no test specified" && exit 1' } } });
    expect((await proposal()).checks).toEqual({});
  });

  test('names that YAML would take for something else', async () => {
    project({ 'package.json': { name: 'true', scripts: { start: 'node "a: #b.js"' } } });
    const { project: name, environments } = await proposal();
    expect(name).toBe('true');
    expect(environments.staging?.target).toMatchObject({ run: 'node "a: #b.js"' });
  });

  test('files that cannot be read as what they seem to be', async () => {
    project({
      'package.json': '{ "name":',
      'compose.yaml': '{{ template }}',
      'k8s/deployment.yaml': ': :\n\t',
    });
    expect((await proposal()).checks).toEqual({});
  });

  test('a Dockerfile alone runs one container whose label tells the version', async () => {
    project({ Dockerfile: 'FROM a AS build\nEXPOSE 9229\nFROM b\nEXPOSE 3000/tcp\n' });
    const { environments, text } = await proposal();
    expect(environments.staging?.health.version).toBeUndefined();
    expect(text).toContain('--publish 127.0.0.1:8080:3000');
    expect(decided(text).environments.production?.target).toMatchObject({ url: 'http://127.0.0.1:8090' });
  });
});

describe('nothing that is there is touched', () => {
  test('files are created once and kept ever after', async () => {
    expect(await initProject(dir)).toMatchObject({
      created: ['devops.yaml', 'tasks.json', 'human-requests.md'],
      kept: [],
    });
    expect(written('tasks.json')).toBe('[]\n');
    expect(written('human-requests.md')).toContain('## 🔄 Pending Requests');
    writeFileSync(path.join(dir, 'tasks.json'), '[{"id": 1}]');
    expect(await initProject(dir)).toMatchObject({
      created: [],
      kept: ['devops.yaml', 'tasks.json', 'human-requests.md'],
    });
    expect(written('tasks.json')).toBe('[{"id": 1}]');
  });

  test('a task file at another usual place is the task file', async () => {
    project({ '.plan/tasks.json': '[]' });
    expect((await initProject(dir)).kept).toEqual(['.plan/tasks.json']);
    expect(existsSync(path.join(dir, 'tasks.json'))).toBe(false);
  });

  test('a devops.yaml that is there says where the other files belong', async () => {
    project({
      'devops.yaml': 'project: shop\ntasks: board.json\nhumanRequests: people.md\nenvironments: {}\n',
    });
    expect(await initProject(dir)).toMatchObject({
      created: ['board.json', 'people.md'],
      kept: ['devops.yaml'],
    });
  });

  test('beside a broken devops.yaml nothing is written', async () => {
    project({ 'devops.yaml': 'project: [\n' });
    await expect(initProject(dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(existsSync(path.join(dir, 'tasks.json'))).toBe(false);
  });

  test('no folder, no project', async () => {
    const missing = path.join(dir, 'missing');
    await expect(initProject(missing)).rejects.toMatchObject({ code: 'INVALID_ARGUMENTS' });
    expect(existsSync(missing)).toBe(false);
  });
});

test('the client configuration is JSON that starts this server in this project', async () => {
  const { clientConfiguration } = await initProject(dir);
  const snippets = clientConfiguration.match(/^\{$[\s\S]*?^\}$/gm)?.map((text) => JSON.parse(text)) ?? [];
  const server = { command: 'npx', args: ['-y', 'devops-engineer-mcp', 'stdio', '--project', dir] };
  expect(snippets).toEqual([
    { mcpServers: { 'devops-engineer': server } },
    { servers: { 'devops-engineer': { type: 'stdio', ...server } } },
  ]);
  for (const client of ['Claude Desktop', 'Claude Code', 'VS Code', 'Cursor'])
    expect(clientConfiguration).toContain(client);
});
