import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

/** Programs that work on one task file at once, each a process of its own, and what they say. */

/** `FAULTS=full` runs the figures of docs/benchmarks.md; without it, a sample that is quick. */
export const isFull = process.env.FAULTS === 'full';

export interface Programs {
  folder: string;
  start(name: string, ...args: string[]): Program;
  remove(): void;
}

/** Bundles the programs, so that a process is at work a moment after it started. */
export async function prepare(names: readonly string[]): Promise<Programs> {
  const folder = mkdtempSync(path.join(tmpdir(), 'board-faults-'));
  await build({
    entryPoints: names.map((name) => path.join(import.meta.dirname, `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    target: 'node20',
    logLevel: 'error',
  });
  return {
    folder,
    start: (name, ...args) => new Program(path.join(folder, `${name}.mjs`), args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** One running program. */
export class Program {
  readonly lines: string[] = [];
  /** Exit code, or undefined for one that was killed. */
  readonly ended: Promise<number | undefined>;
  readonly #child: ChildProcess;
  #wake: () => void = () => undefined;

  constructor(script: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.#wake();
        resolve(code ?? undefined);
      });
    });
  }

  /** Waits until it has said so many lines. */
  async said(count: number): Promise<void> {
    while (this.lines.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`);
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }
}
