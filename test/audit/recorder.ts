import { setTimeout as sleep } from 'node:timers/promises';
import { openApp } from '../../src/app.ts';
import { record } from '../../src/audit/trail.ts';

/** Records an entry every few milliseconds, until it is killed. */
const app = openApp({ projectDir: process.argv[2] ?? '', serverEnvironment: process.env });
const { state } = await app.project();
for (let n = 0; ; n += 1) {
  await state.change((writer) =>
    record(writer, {
      caller: { kind: 'server', user: 'test' },
      action: 'test.entry',
      subject: `entry-${n}`,
      decision: 'done',
      detail: {},
    }),
  );
  if (n === 0) process.send?.('writes');
  await sleep(1);
}
