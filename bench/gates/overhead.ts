import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { openSession } from '../processes/mcp-session.ts';
import { median } from '../report.ts';
import { ourCli } from '../tasks/bench-project.ts';
import { type Row, rowsOf, type Sample } from './row.ts';

/**
 * What a gate costs over the commands that it runs: evaluateGate through a real client, from the call to the verdict,
 * against the same commands in the same folder by two at a time, as the gate runs them.
 */

const runs = 5;
const atOnce = 2;
/** The bar: a tenth, and as much as a process takes to start. */
const bar = (bareMs: number) => bareMs * 1.1 + 300;

const commands: Record<string, { run: string; report: string }> = {
  lint: { run: 'sleep 2', report: '{ format: exitCode, path: "-" }' },
  types: { run: 'sleep 2', report: '{ format: exitCode, path: "-" }' },
  docs: { run: 'sleep 2', report: '{ format: exitCode, path: "-" }' },
  unit: { run: 'node --test --test-reporter=tap', report: '{ format: tap, path: "-" }' },
};

export async function gateOverhead(): Promise<Row[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bench-gate-'));
  try {
    await project(dir);
    const session = await openSession(ourCli, ['--project', dir], { cwd: dir });
    const gate: Sample[] = [];
    const bare: Sample[] = [];
    try {
      for (let run = -1; run < runs; run += 1) {
        const question = { environment: 'staging', run: 'all', waitSeconds: 120 };
        const answer = await session.call('evaluateGate', question);
        const verdict = answer.structured?.verdict;
        if (verdict !== 'pass') throw new Error(`the gate says ${verdict}: ${answer.failure ?? answer.text}`);
        const bareMs = await runBare(dir);
        process.stderr.write(`  gate ${Math.round(answer.ms)} ms, bare ${Math.round(bareMs)} ms\n`);
        if (run === -1) continue; // the first round warms the disk cache
        gate.push({ ms: answer.ms });
        bare.push({ ms: bareMs });
      }
    } finally {
      await session.close();
    }
    const medianBare = median(bare.map(({ ms }) => ms));
    const over = Math.round(median(gate.map(({ ms }) => ms)) - medianBare);
    const note = `${over} ms more than bare; the bar is ${Math.round(bar(medianBare) - medianBare)} ms (10% + 300 ms)`;
    return rowsOf(`gate of ${Object.keys(commands).length} checks, ${atOnce} at once`, [
      { contender: 'evaluateGate', samples: gate, note },
      { contender: 'the same commands, bare', samples: bare },
    ]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A small project with one commit, whose gate demands every check. */
async function project(dir: string): Promise<void> {
  await mkdir(path.join(dir, 'test'));
  const checks = Object.entries(commands).map(
    ([name, { run, report }]) => `  ${name}: { run: ${run}, report: ${report}, timeout: 60s }`,
  );
  const demands = Object.keys(commands).map((name) => `${name}: 100%`);
  const files: Record<string, string> = {
    'devops.yaml': `project: bench\nchecks:\n${checks.join('\n')}\nenvironments:\n  staging:\n    gate: { ${demands.join(', ')} }\n    target: { kind: command, url: "http://127.0.0.1:9", deploy: "true", rollback: "true" }\n    health: { path: /, version: $.version }\n`,
    'package.json': '{ "name": "bench", "type": "module" }\n',
    'test/a.test.js':
      "import test from 'node:test';\nfor (let i = 0; i < 100; i += 1) test('test ' + i, () => {});\n",
    '.gitignore': '.devops/\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(dir, name), text);
  const git = (...args: string[]) =>
    execa('git', ['-C', dir, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args]);
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'A project to measure with');
}

async function runBare(dir: string): Promise<number> {
  const queue = Object.values(commands);
  const startedAt = performance.now();
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await runShell(next.run, dir);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return performance.now() - startedAt;
}

function runShell(command: string, cwd: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`)),
    );
  });
}
