import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configurationExample } from '../../src/config/example.ts';
import { configurationReference, configurationSchema } from '../../src/config/reference.ts';

const committed = (file: string) => readFileSync(path.resolve(import.meta.dirname, '../..', file), 'utf8');

test('the committed files are what "npm run generate" writes', () => {
  expect(committed('schema/devops.schema.json')).toBe(configurationSchema());
  expect(committed('docs/configuration.md')).toBe(configurationReference());
});

test('every field is explained', () => {
  const rows = configurationReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(60);
  const unexplained = rows.filter((row) => /\|\s*\|$/.test(row) && !row.startsWith('| `kind`'));
  expect(unexplained).toEqual([]);
});

test('the JSON Schema takes the example and refuses a misspelled key', () => {
  const schema = z.fromJSONSchema(JSON.parse(configurationSchema()));
  const example = parse(configurationExample) as Record<string, unknown>;
  expect(schema.safeParse(example).error).toBeUndefined();
  expect(schema.safeParse({ ...example, enviroments: {} }).success).toBe(false);
  expect(JSON.parse(configurationSchema())).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'devops.yaml of devops-engineer-mcp',
  });
  expect(configurationSchema()).not.toContain('"$id"');
});
