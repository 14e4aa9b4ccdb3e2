import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSession } from '../processes/mcp-session.ts';
import { median } from '../report.ts';
import { ourCli } from '../tasks/bench-project.ts';
import { createProject } from './project.ts';

/**
 * A release that is well for a second and then falls ill. Asked at the front all the time: how long from the moment at
 * which the watch called it bad until the release before answers, and how long from the first ill answer.
 */

const runs = 5;
const barMs = 3_000;
const strategies = {
  allAtOnce: '{ kind: allAtOnce, bake: 3s }',
  blueGreen: '{ kind: blueGreen, bake: 3s }',
};

export async function wayBack(): Promise<Record<string, string | number>[]> {
  const rows = [];
  for (const [name, strategy] of Object.entries(strategies)) rows.push(await measure(name, strategy));
  return rows;
}

async function measure(name: string, strategy: string): Promise<Record<string, string | number>> {
  const port = await freePort();
  const health = '{ path: /healthz, version: $.version, interval: 200ms, healthyAfter: 2 }';
  const project = await createProject(
    `{ gate: {}, target: { kind: process, run: exec node service.mjs, port: ${port} }, strategy: ${strategy}, health: ${health} }`,
  );
  const { dir } = project;
  const session = await openSession(ourCli, ['--project', dir], { cwd: dir });
  const [fromSeen, fromIll]: [number[], number[]] = [[], []];
  try {
    const first = await session.call('deploy', { environment: 'staging', waitSeconds: 60 });
    const good = first.structured?.servedVersion;
    if (good === undefined) throw new Error(`the first deployment failed: ${first.failure ?? first.text}`);
    for (let run = 0; run < runs; run += 1) {
      await project.commit({ illAfterMs: 1_000 + run });
      const ended = session.call('deploy', { environment: 'staging', waitSeconds: 60 });
      const seen = await watchFront(`http://127.0.0.1:${port}/`, String(good));
      const answer = await ended;
      const told = await session.call('getDeployment', { deploymentId: answer.structured?.deploymentId });
      const { steps = [] } = (told.structured?.deployment ?? {}) as {
        steps?: { state: string; startedAt: string; durationMs?: number }[];
      };
      const failed = steps.find(({ state }) => state === 'failed');
      if (failed?.durationMs === undefined) throw new Error(`nothing failed: ${answer.text}`);
      fromSeen.push(seen.backAt - (Date.parse(failed.startedAt) + failed.durationMs));
      fromIll.push(seen.backAt - seen.illAt);
      process.stderr.write(
        `  ${name}: back ${fromSeen.at(-1)} ms after it was seen, ${fromIll.at(-1)} after the first ill answer\n`,
      );
    }
  } finally {
    await session.close();
    await down(dir);
    await project.remove();
  }
  return {
    what: `process, ${name}: from failure seen to the old version serving`,
    median: `${Math.round(median(fromSeen))} ms`,
    against: `${Math.round(median(fromIll))} ms: from the first ill answer`,
    note: `at most ${Math.max(...fromSeen)} ms; the bar is ${barMs} ms`,
  };
}

/** Asks the front until it was ill and serves `good` again. */
async function watchFront(url: string, good: string): Promise<{ illAt: number; backAt: number }> {
  let illAt: number | undefined;
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(5)) {
    const response = await fetch(url).catch(() => undefined);
    const body = await response?.json().catch(() => undefined);
    const isGood = response?.status === 200 && (body as { version?: string } | undefined)?.version === good;
    if (response?.status !== 200) illAt ??= Date.now();
    if (illAt !== undefined && isGood) return { illAt, backAt: Date.now() };
  }
  throw new Error('the release before never came back');
}

async function down(dir: string): Promise<void> {
  const { execa } = await import('execa');
  await execa(process.execPath, [ourCli, '--project', dir, 'down', 'staging'], { reject: false });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
