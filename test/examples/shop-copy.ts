import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { readEvidence } from '../../src/evidence/index.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { newFolder } from '../new-folder.ts';

export const shopDir = path.resolve(import.meta.dirname, '../../examples/shop');

/** A copy of the sample service in a temporary folder, to which the changes of the demo are applied. */
export interface ShopCopy {
  dir: string;
  /** Copies changes over the service, as the demo commits them. */
  apply(...variants: string[]): Promise<void>;
  /** Runs a script of its package.json with an environment as checks get it. */
  npmRun(
    script: string,
    environment?: Record<string, string>,
  ): Promise<{ exitCode: number | undefined; stdout: string }>;
  /** The same without npm, whose own start takes longer than most scripts. */
  run: ShopCopy['npmRun'];
  /** What the gate sees in a report file of the service. */
  report(file: string): Promise<Evidence>;
  startService(options?: { dataFolder?: string; environment?: Record<string, string> }): Promise<Service>;
  remove(): Promise<void>;
}

export interface Service {
  url: string;
  /** @returns the exit code */
  stop(): Promise<number | null>;
}

export interface LoadFigures {
  requests: number;
  errors: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  throughput: number;
}

export async function copyShop(...variants: string[]): Promise<ShopCopy> {
  const dir = await newFolder('shop-copy-');
  const notService = ['variants', 'node_modules', 'reports', 'data', '.devops'];
  await fs.cp(shopDir, dir, {
    recursive: true,
    filter: (source) => !notService.includes(path.basename(source)),
  });
  const inShop = async ([program = '', ...args]: string[], environment: Record<string, string> = {}) => {
    const { exitCode, stdout } = await execa(program, args, {
      cwd: dir,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: 'true', ...environment },
      extendEnv: false,
      reject: false,
    });
    return { exitCode, stdout };
  };
  const copy: ShopCopy = {
    dir,
    async apply(...names) {
      for (const name of names) {
        await fs.cp(path.join(shopDir, 'variants', name), dir, { recursive: true });
      }
    },
    npmRun: (script, environment) => inShop(['npm', 'run', '--silent', script], environment),
    async run(script, environment) {
      const { scripts } = JSON.parse(await fs.readFile(path.join(dir, 'package.json'), 'utf8'));
      return inShop(['sh', '-c', scripts[script]], environment);
    },
    report: async (file) => evidenceIn(await fs.readFile(path.join(dir, file), 'utf8')),
    async startService(options) {
      const { href } = pathToFileURL(path.join(dir, 'test/service.js'));
      const { startService } = (await import(/* @vite-ignore */ href)) as Pick<ShopCopy, 'startService'>;
      return startService(options);
    },
    remove: () => fs.rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
  await copy.apply(...variants);
  return copy;
}

/** What the gate sees in a report. */
export function evidenceIn(report: string, format?: string): Promise<Evidence> {
  async function* bytes() {
    yield new TextEncoder().encode(report);
  }
  return readEvidence(bytes(), { format });
}

/** The load of the demo and of the performance check. */
export async function load(options: {
  url: string;
  durationMs: number;
  customers: number;
  requestsPerSecond?: number;
  signal?: AbortSignal;
}): Promise<LoadFigures> {
  const { href } = pathToFileURL(path.join(shopDir, 'load/load.js'));
  const module = (await import(/* @vite-ignore */ href)) as { load(given: object): Promise<LoadFigures> };
  return module.load(options);
}
