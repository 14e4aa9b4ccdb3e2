import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readVersioned, versionOf } from '../../src/platform/file-version.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'version-'));
  file = path.join(dir, 'a.json');
  writeFileSync(file, 'one');
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('a file that nobody touches keeps its version', async () => {
  const read = await readVersioned(file);
  expect(read?.bytes.toString()).toBe('one');
  expect(await versionOf(file)).toBe(read?.version);
});

test('there is none where there is no file', async () => {
  expect(await versionOf(path.join(dir, 'b'))).toBeUndefined();
  expect(await readVersioned(path.join(dir, 'b'))).toBeUndefined();
  expect(await readVersioned(path.join(file, 'c'))).toBeUndefined();
});

test.each([
  ['another size', () => writeFileSync(file, 'three')],
  ['another time', () => utimesSync(file, new Date(0), new Date(0))],
  [
    'another file of the same size and time',
    () => {
      const sibling = path.join(dir, 'b.json');
      writeFileSync(sibling, 'two');
      utimesSync(file, new Date(0), new Date(0));
      utimesSync(sibling, new Date(0), new Date(0));
      renameSync(sibling, file);
    },
  ],
])('%s is another version', async (_, change) => {
  const before = await versionOf(file);
  change();
  expect(await versionOf(file)).not.toBe(before);
});
