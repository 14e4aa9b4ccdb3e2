import { fork } from 'node:child_process';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openApp } from '../../src/app.ts';
import { verifyAgainst } from '../../src/audit/verify.ts';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(undefined, { here: true });

test('a trail that grows while it is looked at is intact', async () => {
  await on.agent.call('requestHuman', { kind: 'decision', title: 'a', description: 'b' });
  const writer = fork(path.join(import.meta.dirname, 'recorder.ts'), [on.pocket.dir], {
    execArgv: ['--import', 'tsx'],
  });
  onTestFinished(() => void writer.kill('SIGKILL'));
  await new Promise((resolve) => writer.once('message', resolve));
  const app = openApp({ projectDir: on.pocket.dir, serverEnvironment: on.pocket.environment });
  const project = await app.project();
  const seen: number[] = [];
  for (const until = Date.now() + 3_000; Date.now() < until; ) {
    const { chain, entries } = await verifyAgainst(project, [], '');
    expect(chain).toBe('intact');
    seen.push(entries);
  }
  await app.close();
  expect(seen.at(-1)).toBeGreaterThan(seen[0] ?? 0);
});
