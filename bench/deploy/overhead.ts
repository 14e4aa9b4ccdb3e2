import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { openSession } from '../processes/mcp-session.ts';
import { median } from '../report.ts';
import { ourCli } from '../tasks/bench-project.ts';
import { createProject } from './project.ts';
import { peakOfNode, peakOfRunner } from './runner-peak.ts';

/**
 * `deploy` through a real client, from the call to the state `deployed`, against what it cannot do without: the archive
 * of the commit, the configured command, one look at what serves. Every run deploys a new commit.
 */

const runs = 7;
const bars = { overMs: 1_000, overMb: 30 };
const command = 'sleep 1; echo "$DEVOPS_VERSION" > live';

export async function overhead(): Promise<Record<string, string | number>[]> {
  let dir = '';
  const live = createServer((_, response) =>
    response.end(JSON.stringify({ version: readFileSync(path.join(dir, 'live'), 'utf8').trim() })),
  );
  await new Promise<void>((resolve) => live.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(live.address() as AddressInfo).port}`;
  const target = `{ kind: command, url: "${url}", deploy: '${command}', rollback: '${command}' }`;
  const health = '{ path: /, version: $.version, interval: 50ms, healthyAfter: 1 }';
  const project = await createProject(
    `{ gate: {}, target: ${target}, strategy: { kind: allAtOnce, bake: 0s }, health: ${health} }`,
  );
  dir = project.dir;
  const session = await openSession(ourCli, ['--project', dir], { cwd: dir });
  const [ours, bare, peaksMb]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let run = -1; run < runs; run += 1) {
      await project.commit({});
      const peak = peakOfRunner(dir);
      const answer = await session.call('deploy', { environment: 'staging', waitSeconds: 60 });
      const { state } = answer.structured ?? {};
      if (state !== 'deployed')
        throw new Error(`the deployment is ${state}: ${answer.failure ?? answer.text}`);
      const bareMs = await runBare(dir, url);
      const peakMb = await peak;
      process.stderr.write(
        `  deploy ${Math.round(answer.ms)} ms, bare ${Math.round(bareMs)} ms, runner ${Math.round(peakMb)} MB\n`,
      );
      if (run === -1) continue; // the first round warms the disk cache
      ours.push(answer.ms);
      bare.push(bareMs);
      peaksMb.push(peakMb);
    }
  } finally {
    await session.close();
    live.close();
    live.closeAllConnections();
    await project.remove();
  }
  const [ms, bareMs, nodeMb] = [median(ours), median(bare), await peakOfNode()];
  const over = { ms: Math.round(ms - bareMs), mb: Math.round(median(peaksMb) - nodeMb) };
  return [
    {
      what: 'deploy, from the call to deployed',
      median: `${Math.round(ms)} ms`,
      against: `${Math.round(bareMs)} ms: the same commands, bare`,
      note: `${over.ms} ms more; the bar is ${bars.overMs} ms`,
    },
    {
      what: 'peak memory of the runner',
      median: `${Math.round(median(peaksMb))} MB`,
      against: `${Math.round(nodeMb)} MB: Node that waits`,
      note: `${over.mb} MB more; the bar is ${bars.overMb} MB`,
    },
  ];
}

async function runBare(cwd: string, url: string): Promise<number> {
  const startedAt = performance.now();
  await execa('git', ['archive', '--output', 'bare.tar', 'HEAD'], { cwd });
  await execa('/bin/sh', ['-c', command], { cwd, env: { DEVOPS_VERSION: 'bare' } });
  await (await fetch(url)).text();
  return performance.now() - startedAt;
}
