import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { toolTable, withSection } from '../../src/tools/reference.ts';

const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');

test('the table in the README is the one of the code', () => {
  expect(withSection(readme, 'tools', toolTable())).toBe(readme);
});

test('the README stays short', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(200);
});

test('a text without the section is refused', () => {
  expect(() => withSection('no marks', 'tools', '')).toThrow(/no section "tools"/);
});
