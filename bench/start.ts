import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { median, type Suite } from './report.ts';

/** Cold start: from spawning the process to the first tools/list answer, and memory at that moment. */

const runs = 15;
const root = path.join(import.meta.dirname, '..');

interface Sample {
  ms: number;
  memoryMb: number;
}

export const start: Suite = {
  name: 'start',
  title: 'Cold start to the first tools/list answer',
  async run() {
    const folder = await mkdtemp(path.join(root, 'bench', '.start-'));
    const project = await mkdtemp(path.join(tmpdir(), 'bench-'));
    try {
      const entry = path.join(root, 'bench/peers/bare-server.ts');
      const shared: BuildOptions = {
        entryPoints: [entry],
        format: 'esm',
        platform: 'node',
        target: 'node20',
        bundle: true,
      };
      const plain = path.join(folder, 'plain.mjs');
      const bundled = path.join(folder, 'bundled.mjs');
      await build({ ...shared, outfile: plain, packages: 'external' });
      await build({ ...shared, outfile: bundled, minify: true });
      const contenders: [name: string, args: string[]][] = [
        ['devops-engineer', [path.join(root, 'dist/cli.js'), '--project', project]],
        ['bare server, same SDK, bundled', [bundled]],
        ['bare server, same SDK, from node_modules', [plain]],
      ];
      const samples = new Map<string, Sample[]>(contenders.map(([name]) => [name, []]));
      for (let run = -1; run < runs; run += 1) {
        for (const [name, args] of contenders) {
          const sample = await measure(args);
          if (run >= 0) samples.get(name)?.push(sample); // the first round warms the disk cache
        }
      }
      const own = medianOf(samples.get('devops-engineer') ?? []);
      return contenders.map(([name]) => {
        const { ms, memoryMb } = medianOf(samples.get(name) ?? []);
        return {
          contender: name,
          'median ms': Math.round(ms),
          'memory MB': Math.round(memoryMb),
          'our time / theirs': (own.ms / ms).toFixed(2),
        };
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(project, { recursive: true, force: true });
    }
  },
};

function medianOf(samples: Sample[]): Sample {
  return {
    ms: median(samples.map(({ ms }) => ms)),
    memoryMb: median(samples.map(({ memoryMb }) => memoryMb)),
  };
}

function measure(args: string[]): Promise<Sample> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  });
  return new Promise((resolve, reject) => {
    let out = '';
    let asked = false;
    child.stdout.on('data', async (chunk: Buffer) => {
      out += chunk.toString();
      if (!asked && out.includes('"id":1')) {
        asked = true;
        send({ method: 'notifications/initialized' });
        send({ id: 2, method: 'tools/list' });
      }
      if (!out.includes('"id":2')) return;
      const ms = performance.now() - startedAt;
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      child.stdin.end();
      child.kill();
      resolve({ ms, memoryMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 });
    });
    child.once('error', reject);
  });
}
