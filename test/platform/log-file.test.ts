import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLog } from '../../src/platform/log-file.ts';

let dir: string;
let file: string;
beforeAll(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'log-'));
  file = path.join(dir, 'one.log');
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

/** What a reader of the whole file would say. */
function whole(text: string, lines: number, match?: string) {
  const all = text.split('\n');
  if (all.at(-1) === '') all.pop();
  const wanted = all.filter(
    (line) => match === undefined || line.toLowerCase().includes(match.toLowerCase()),
  );
  return { lines: wanted.slice(-lines), truncated: wanted.length > lines };
}

test('reads backwards what a reader of the whole file would find', async () => {
  const line = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom('', 'ready', 'ERROR: no disk', 'grüße 🚀', '\r', 'é'.repeat(1_000)),
    },
    { weight: 2, arbitrary: fc.nat(300_000).map((length) => 'x'.repeat(length)) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 60 }),
      fc.boolean(),
      fc.constantFrom(undefined, 'error', 'GRÜSSE', 'ü', 'x', 'nothing'),
      fc.integer({ min: 1, max: 40 }),
      async (lines, endsOpen, match, count) => {
        const text = lines.join('\n') + (endsOpen ? '' : '\n');
        await fs.writeFile(file, text);
        expect(await readLog(file, { lines: count, ...(match !== undefined && { match }) })).toEqual(
          whole(text, count, match),
        );
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('finds a line of long ago, behind megabytes that came later', async () => {
  const noise = `${'all is well '.repeat(20)}\n`.repeat(20_000);
  await fs.writeFile(file, `the cause\n${noise}`);
  expect(await readLog(file, { lines: 5, match: 'The Cause' })).toEqual({
    lines: ['the cause'],
    truncated: false,
  });
  expect(await readLog(file, { lines: 1 })).toMatchObject({ truncated: true });
});

test('a line without end does not grow in memory, and a log beyond what is searched says so', async () => {
  const handle = await fs.open(file, 'w');
  await handle.write('the cause\n');
  await handle.truncate(70 * 1024 * 1024); // one line of zeros
  await handle.close();
  const { lines, truncated } = await readLog(file, { lines: 5, match: 'the cause' });
  expect({ lines, truncated }).toEqual({ lines: [], truncated: true });
});

test('a log that is not there is empty', async () => {
  expect(await readLog(path.join(dir, 'none'), { lines: 5 })).toEqual({ lines: [], truncated: false });
});
