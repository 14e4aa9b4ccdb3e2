import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll } from 'vitest';
import { stringify } from 'yaml';
import { type App, openApp } from '../../src/app.ts';
import { callTool, type ToolAnswer } from '../../src/dispatch.ts';
import { subjectOf } from '../../src/gates/assess.ts';
import { evaluateGateHere } from '../../src/gates/gates.ts';
import type { GateResult, RequirementResult } from '../../src/gates/types.ts';
import { findTool } from '../../src/tools/index.ts';
import { newFolder } from '../new-folder.ts';

/**
 * A project for attacks on a gate: a commit with a red test, and an attacker who may write whatever an agent may write.
 * Gates are evaluated as a deployment's own runner does it, in this process.
 */
export interface Arena {
  dir: string;
  app: App;
  write(file: string, content: string): Promise<void>;
  git(...args: string[]): Promise<string>;
  commit(files?: Record<string, string>): Promise<string>;
  configure(change: (config: ArenaConfig) => void): Promise<void>;
  gate(ref?: string): Promise<GateResult>;
  /** The requirement `unit` of the gate. */
  unit(ref?: string): Promise<RequirementResult>;
  call(tool: string, args: Record<string, unknown>): Promise<ToolAnswer>;
}

// biome-ignore lint/suspicious/noExplicitAny: attackers write what they like
export type ArenaConfig = any;

export const red =
  '<testsuite name="unit"><testcase name="pays"><failure message="expected 3, got 4"/></testcase></testsuite>';
export const green = '<testsuite name="unit"><testcase name="pays"/></testsuite>';

/** A test script that writes a report and ends as the report says. */
export const script = (report: string, exitCode: number) =>
  `mkdir -p reports && cat > reports/unit.xml <<'XML'\n${report}\nXML\nexit ${exitCode}\n`;

const policy = {
  project: 'arena',
  checks: {
    unit: { run: 'sh test.sh', report: { format: 'junit', path: 'reports/unit.xml' }, timeout: '5s' },
  },
  environments: {
    staging: {
      gate: { unit: '100%' },
      target: { kind: 'process', run: 'node service.mjs', port: 7_999 },
      health: { version: '$.version' },
    },
    production: {
      after: 'staging',
      gate: { unit: '100%' },
      target: { kind: 'process', run: 'node service.mjs', port: 7_998 },
      health: { version: '$.version' },
    },
  },
};

const caller = { kind: 'mcp', user: 'agent', client: 'attacker' } as const;

/** An arena for the tests of a file; `environment` is what the server is started with. */
export function useArena(environment: (dir: string) => Record<string, string> = () => ({})): Arena {
  const arena = {} as Arena;
  beforeAll(async () => {
    const dir = await newFolder('arena-');
    const write = async (file: string, content: string) => {
      await fs.mkdir(path.dirname(path.join(dir, file)), { recursive: true });
      await fs.writeFile(path.join(dir, file), content);
    };
    const git = async (...args: string[]) => (await execa('git', ['-C', dir, ...args])).stdout;
    await git('init', '--quiet', '--initial-branch=main');
    await git('config', 'user.name', 'Ada');
    await git('config', 'user.email', 'ada@arena.example');
    await git('config', 'commit.gpgsign', 'false');
    await write('.gitignore', '.devops\nnode_modules\ndevops.yaml\n');
    await write('devops.yaml', stringify(policy));
    await write('tasks.json', '[]\n');
    const app = openApp({
      projectDir: dir,
      serverEnvironment: { PATH: process.env.PATH, HOME: dir, ...environment(dir) },
    });
    const signal = new AbortController().signal;
    Object.assign(arena, {
      dir,
      app,
      write,
      git,
      async commit(files = {}) {
        for (const [file, content] of Object.entries(files)) await write(file, content);
        await git('add', '--all');
        await git('commit', '--quiet', '--allow-empty', '--message', 'next');
        return git('rev-parse', 'HEAD');
      },
      async configure(change) {
        const config: ArenaConfig = structuredClone(policy);
        change(config);
        await write('devops.yaml', stringify(config));
      },
      async gate(ref = 'HEAD') {
        const project = await app.project();
        return evaluateGateHere(project, await subjectOf(project, 'staging', ref), { caller, signal });
      },
      async unit(ref) {
        const { requirements } = await arena.gate(ref);
        const found = requirements.find(({ name }) => name === 'unit');
        if (!found) throw new Error('the gate does not name the requirement unit');
        return found;
      },
      async call(name, args) {
        const tool = findTool(name);
        if (!tool) throw new Error(`no tool ${name}`);
        return callTool(app, tool, { name, arguments: args, caller, signal });
      },
    } satisfies Arena);
  });
  afterAll(async () => {
    await arena.app.close();
    await fs.rm(arena.dir, { recursive: true, force: true });
  });
  return arena;
}
