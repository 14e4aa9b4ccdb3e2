import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { memoryOf } from './memory.ts';

/** One whole process, from its start to its end: how long it took and how much memory it ever held. */

export interface Command {
  /** `node` is the Node that runs the benchmark. */
  program: string;
  args: string[];
}

export interface ProcessRun {
  ms: number;
  peakMb: number;
  stdout: string;
  /** What went wrong, in one line; undefined after a success. */
  failure?: string;
}

const timeoutMs = 300_000;
const pollMs = 2;

/** @param peakHook the bundled `report-peak.ts` */
export function runOnce({ program, args }: Command, peakHook: string): Promise<ProcessRun> {
  const isNode = program === 'node';
  const startedAt = performance.now();
  const child = isNode
    ? spawn(process.execPath, ['--require', peakHook, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    : spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let polledMb = 0;
  const poll = () => {
    polledMb = Math.max(polledMb, memoryOf(child.pid ?? -1)?.peakMb ?? 0);
  };
  // What is not Node is asked often instead, on the core that it leaves free: its mark only ever rises.
  const polling = isNode ? undefined : setInterval(poll, pollMs);
  if (!isNode) poll();
  const deadline = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const stdout = textOf(child.stdio[1] as Readable);
  const stderr = textOf(child.stdio[2] as Readable);
  const reported = isNode ? textOf(child.stdio[3] as Readable) : Promise.resolve('');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      // Measured here: the pipes may close a moment later.
      const ms = performance.now() - startedAt;
      clearInterval(polling);
      clearTimeout(deadline);
      child.once('close', async (code, signal) => {
        const peakMb = isNode ? Number(await reported) / 1024 : polledMb;
        const run: ProcessRun = { ms, peakMb, stdout: await stdout };
        if (code !== 0) run.failure = lastWords(await stderr) || `ended with ${signal ?? code}`;
        resolve(run);
      });
    });
  });
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/** The line of an error output that says what happened, not where. */
function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.find((line) => /error/i.test(line)) ?? lines.find((line) => line !== '') ?? '').slice(0, 160);
}
