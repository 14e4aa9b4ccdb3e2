import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { strategies } from '../src/deployments/strategies/index.ts';
import { targetKinds } from '../src/deployments/targets/index.ts';
import { evidenceFormats } from '../src/evidence/index.ts';
import { channelKinds } from '../src/operations/notifications/channels/index.ts';
import { resourceFamilies } from '../src/resources/index.ts';
import { tools } from '../src/tools/index.ts';

/** The floors of the house, held by the text of the imports. docs/architecture.md says why. */

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => path.posix.join('src', name));
const source = (file: string) => readFileSync(file, 'utf8');
const imports = (file: string) =>
  [...source(file).matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, target]) => {
    const name = target ?? '';
    return name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
  });

/** Rooms that compute and touch nothing. */
const pure = (file: string) =>
  /^src\/(evidence|prompts)\//.test(file) ||
  /^src\/deployments\/(states|watch|freeze|probe-samples|runbook-parameters|compared-to-live)\.ts$/.test(
    file,
  ) ||
  /^src\/deployments\/strategies\//.test(file) ||
  /^src\/deployments\/targets\/(environment|types|ssh\/(scripts|batches))\.ts$/.test(file) ||
  /^src\/gates\/((judge|beyond-gate|threshold|types|exceptions|statements\/freshness)\.ts$|vex\/)/.test(
    file,
  ) ||
  /^src\/gates\/checks\/(pass-rate|severity|metric-limits|evidence-check|index)\.ts$/.test(file) ||
  /^src\/gates\/(review\/(approvals|trailers)|monitoring\/alert-rules)\.ts$/.test(file) ||
  /^src\/approvals\/(statement|signed-text|(policy|override)-statement|policy-approvers|human-requests(-\w+)?)\.ts$/.test(
    file,
  ) ||
  /^src\/audit\/((chain|documents|document-sections|drafts|checkpoint|stored-entry)\.ts$|bundle\/(manifest|parts)\.ts$)/.test(
    file,
  ) ||
  /^src\/operations\/((dora|rehearsals|gate-failures)\.ts$|redaction\/|notifications\/(notice\.ts$|formats\/))/.test(
    file,
  ) ||
  /^src\/config\/(parse|issues|cross-check|schema|demands|exceptions|values|strategies|analysis|capabilities|policy|weakening|comparison|demand-comparison|producers|producer-troubles|runbooks|runbook-troubles|notify|escalation|notify-troubles|place-troubles|image-troubles|commands|container-target|ssh-target|audit)\.ts$/.test(
    file,
  ) ||
  (file.startsWith('src/tasks/') &&
    !/^src\/tasks\/(store|file|open|folder-board|entry-files|find-file|commands)\.ts$/.test(file));
const platform = (file: string) => file.startsWith('src/platform/');
const top = (file: string) =>
  /^src\/(cli|server|task-extension|elicitation|app|dispatch)(\.ts$|\/)/.test(file);
const tool = (file: string) => file.startsWith('src/tools/');
const resource = (file: string) => file.startsWith('src/resources/');
const isSdk = (name: string) => name.startsWith('@modelcontextprotocol/');

function offenders(
  inFloor: (file: string) => boolean,
  forbidden: (name: string, file: string) => boolean,
): string[] {
  return files.filter(inFloor).flatMap((file) =>
    imports(file)
      .filter((name) => forbidden(name, file))
      .map((name) => `${file} -> ${name}`),
  );
}

describe('floors', () => {
  test('pure rooms touch no file, clock, process or network', () => {
    expect(offenders(pure, (name) => name.startsWith('node:') || platform(name) || isSdk(name))).toEqual([]);
    const impure = /\b(process\.env|Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\()/;
    expect(files.filter(pure).filter((file) => impure.test(source(file)))).toEqual([]);
  });

  test('only the platform and the entry points use Node itself', () => {
    expect(
      offenders(
        (file) => !platform(file) && !top(file),
        (name) => name.startsWith('node:'),
      ),
    ).toEqual([]);
    expect(
      files
        .filter((file) => !top(file) && !platform(file))
        .filter((file) => source(file).includes('process.env')),
    ).toEqual([]);
  });

  test('the platform knows no rules', () => {
    const own = (name: string) =>
      platform(name) || /^src\/(errors|prompts\/parse)\.ts$/.test(name) || !name.startsWith('src/');
    expect(offenders(platform, (name) => !own(name))).toEqual([]);
  });

  test('only the server and the demo’s agent know the protocol’s SDK', () => {
    const mayKnow = [
      'src/server.ts',
      'src/task-extension.ts',
      'src/elicitation.ts',
      'src/cli/stdio.ts',
      'src/cli/demo/agent.ts',
    ];
    expect(offenders((file) => !mayKnow.includes(file), isSdk)).toEqual([]);
  });

  test('services do not know tools, resources, server or command line', () => {
    const service = (file: string) => !top(file) && !tool(file) && !resource(file) && file !== 'src/cli.ts';
    expect(offenders(service, (name) => tool(name) || resource(name) || top(name))).toEqual([]);
  });

  test('tools do not know each other, and use no platform', () => {
    const shared =
      /\/(define|text|advertise|task-shape|deployment-shape|human-answers|limits|index|board-tools)\.ts$/;
    const allowed = ['src/tools/evaluate-gate.ts', 'src/tools/deploy.ts']; // their result shapes and limits are shared
    expect(
      offenders(
        (file) => tool(file) && !shared.test(file),
        (name) => platform(name) || (tool(name) && !shared.test(name) && !allowed.includes(name)),
      ),
    ).toEqual([]);
  });
});

describe('habits', () => {
  test('files stay small', () => {
    const long = files
      .map((file) => ({ file, lines: source(file).split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  test('only the command line writes to standard output', () => {
    const writes = /console\.|process\.stdout/;
    expect(
      files.filter((file) => !file.startsWith('src/cli')).filter((file) => writes.test(source(file))),
    ).toEqual([]);
  });

  const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.ts'),
  );
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  test.each([
    ...tools.map(({ name }) => ['tool', `tools/${kebab(name)}.test.ts`]),
    ...evidenceFormats.map(({ name }) => [
      'format',
      `evidence/${name === 'jest' ? 'jest-json' : kebab(name)}.test.ts`,
    ]),
    ...Object.keys(strategies).map((name) => ['strategy', `deployments/strategies/${kebab(name)}.test.ts`]),
    ...targetKinds.map((name) => ['target', `deployments/targets/${name}.test.ts`]),
    ...Object.keys(channelKinds).map((name) => ['channel', `operations/notifications/${name}.test.ts`]),
    ...resourceFamilies.map(({ name }) => ['resource', 'resources/resources.test.ts', name]),
  ])('every %s has its test: %s', (_kind, file) => {
    expect(tests).toContain(file);
  });
});
