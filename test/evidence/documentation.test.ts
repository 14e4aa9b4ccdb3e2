import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { evidenceFormats } from '../../src/evidence/index.ts';
import { aliases } from '../../src/evidence/names.ts';
import { packageDir } from '../../src/platform/self.ts';

test('docs/evidence-formats.md has every format and every name that one may be declared by', () => {
  const page = readFileSync(path.join(packageDir, 'docs', 'evidence-formats.md'), 'utf8');
  const first = /^\| (`[^|]+) \|/gm;
  const documented = [...page.matchAll(first)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const known = [...evidenceFormats.map(({ name }) => name), ...Object.keys(aliases)];
  expect(documented.sort()).toEqual(known.sort());
});
