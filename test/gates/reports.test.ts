import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReport } from '../../src/gates/reports.ts';
import { redactionFor } from '../../src/operations/redaction/index.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'reports-'));
});
afterAll(() => rm(dir, { recursive: true }));

const report = (name: string) => readFile(new URL(`../fixtures/reports/${name}`, import.meta.url));

async function read(name: string, exitCode: number) {
  const outcome = { exitCode, stdout: await report(name), stderr: 'some level=error', durationMs: 1 };
  return (
    await readReport({ check: 'load', path: '-', workDir: dir }, outcome, {
      keepIn: dir,
      redact: redactionFor({}),
    })
  ).evidence;
}

test('a load test that ends with an error because it missed its thresholds is red, not a contradiction', async () => {
  const evidence = await read('k6-summary.json', 99);
  expect(evidence).toMatchObject({ conclusive: true, thresholds: { failed: 1 } });
});

test('exit code 99 of k6 is red even where the report shows no missed threshold', async () => {
  const evidence = await read('k6-export.json', 99);
  expect(evidence).toMatchObject({ conclusive: true, thresholds: { failed: 1 } });
});

test('any other error beside a good report is a contradiction', async () => {
  for (const [name, exitCode] of [
    ['k6-export.json', 1],
    ['autocannon.json', 2],
    ['lcov.info', 1],
  ] as const) {
    const { conclusive, problems } = await read(name, exitCode);
    expect(conclusive).toBe(false);
    expect(problems[0]).toContain(`ended with exit code ${exitCode} although its report shows nothing wrong`);
  }
});
