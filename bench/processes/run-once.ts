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
  /** Not a number where the process was gone too soon to tell. */
  peakMb: number;
  stdout: string;
  /** What went wrong, in one line; undefined after a success. */
  failure?: string;
}

const timeoutMs = 300_000;
/** Node reports its own peak; it is only asked as well in case that it crashes before. */
const pollMs = { node: 100, other: 2 };
/** Of what ends sooner, asking sees too little to be called a measurement. */
const leastPolledMs = 20;

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
  // Programs other than Node are asked often, on the core that they leave free: the kernel's mark only ever rises.
  const polling = setInterval(poll, isNode ? pollMs.node : pollMs.other);
  if (!isNode) poll();
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const stop = () => {
    clearInterval(polling);
    clearTimeout(deadline);
  };
  const [, out, err, peak] = child.stdio as (Readable | undefined)[];
  const texts = Promise.all([out, err, peak].map(textOf));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      stop();
      reject(error);
    });
    child.once('exit', () => {
      stop();
      const ms = performance.now() - startedAt; // the pipes may close a moment later
      child.once('close', async (code, signal) => {
        const [stdout = '', stderr = '', reportedKb = ''] = await texts;
        const seenMb = ms < leastPolledMs ? Number.NaN : polledMb;
        const run: ProcessRun = { ms, peakMb: Number(reportedKb) / 1024 || seenMb, stdout };
        if (isLate) run.failure = `not done after ${timeoutMs / 1000} s`;
        else if (code !== 0) run.failure = lastWords(stderr) || `ended with ${signal ?? code}`;
        resolve(run);
      });
    });
  });
}

async function textOf(stream: Readable | undefined): Promise<string> {
  let text = '';
  for await (const chunk of stream?.setEncoding('utf8') ?? []) text += chunk;
  return text;
}

/** The line of an error output that says what happened, not where. */
function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const said = [/^\w*Error\b/, /^FATAL ERROR/, /error/i, /./].map((kind) =>
    lines.find((line) => kind.test(line)),
  );
  return (said.find((line) => line !== undefined) ?? '').slice(0, 160);
}
