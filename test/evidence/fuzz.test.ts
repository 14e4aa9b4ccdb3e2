import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { evidenceFormats } from '../../src/evidence/index.ts';
import { verdictOfSeed } from './fuzz/oracle.ts';
import { seeds } from './fuzz/seeds.ts';

/**
 * Valid reports of every format are damaged and changed, again and again: nothing throws, nothing hangs, and nothing
 * passes a gate that the report as it was did not justify. A case is a number, which is all that it depends on:
 * `FUZZ=full` runs 100,000 of them, `FUZZ=5000` the first so many, `FUZZ=case:17` that one.
 */

const [counted = '', one] = (process.env.FUZZ ?? '').split(':');
const cases = { full: 100_000, case: 1, '': 5_000 }[counted] ?? Number(counted);
const firstCase = one === undefined ? 0 : Number(one);

const worker = fileURLToPath(new URL('fuzz/run-cases.ts', import.meta.url));
/** Far more than any case takes. */
const hangMs = 60_000;
const casesShown = 5;

test('every format has a report that passes and one that does not', async () => {
  for (const { name } of evidenceFormats) {
    const own = seeds.filter(({ format }) => format === name);
    expect(
      own.map(({ isRed }) => isRed),
      name,
    ).toEqual(expect.arrayContaining([true, false]));
  }
  for (const seed of seeds) {
    expect([seed.file, await verdictOfSeed(seed)]).toEqual([seed.file, seed.isRed ? 'fail' : 'pass']);
    expect(seed.facts(seed.report.toString()).length > 0, seed.file).toBe(seed.isRed);
  }
});

test(`${cases} mutated reports: no crash, no hang, no pass that the report did not justify`, async () => {
  const workers = cases > 20_000 ? availableParallelism() : 1;
  const each = Math.ceil(cases / workers);
  const starts = Array.from({ length: workers }, (_, index) => firstCase + index * each);
  const found = await Promise.all(
    starts.map((start) => runCases(start, Math.min(each, firstCase + cases - start))),
  );
  const wrong = found.flat();
  expect(
    wrong.slice(0, casesShown),
    `${wrong.length} cases are wrong; run one with FUZZ=case:NUMBER`,
  ).toEqual([]);
}, 3_600_000);

/** Runs cases in another process. @returns what it says is wrong, and where it did not come to an end */
function runCases(first: number, count: number): Promise<unknown[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', worker, String(first), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const wrong: unknown[] = [];
  let at = first;
  let rest = '';
  return new Promise((resolve) => {
    const end = () => {
      wrong.push({ case: at, complaints: [`not done after ${hangMs / 1_000} s`] });
      child.kill('SIGKILL');
    };
    let timer = setTimeout(end, hangMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      clearTimeout(timer);
      timer = setTimeout(end, hangMs);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('! ')) wrong.push(JSON.parse(line.slice(2)));
        else at = Number(line.slice(2));
      }
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code !== 0 && wrong.length === 0) wrong.push({ case: at, complaints: [`ended with code ${code}`] });
      resolve(wrong);
    });
  });
}
