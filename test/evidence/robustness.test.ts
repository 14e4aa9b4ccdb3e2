import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evidenceFormats, readEvidence } from '../../src/evidence/index.ts';
import type { Coverage, Evidence } from '../../src/evidence/types.ts';
import { fixture, fixtureNames, inPieces } from './reading.ts';

const runs = 150;

type Mutation = (report: Buffer) => Buffer;

const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Where a mutation begins and how far it goes, as shares of the report. */
const slice = fc.tuple(share, fc.double({ min: 0, max: 0.3, noNaN: true }));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  share.map(
    (at): Mutation =>
      (report) =>
        report.subarray(0, at * report.length),
  ),
  slice.map(
    ([at, length]): Mutation =>
      (report) => {
        const [from, to] = borders(report, at, length);
        return Buffer.concat([report.subarray(0, from), report.subarray(to)]);
      },
  ),
  slice.map(
    ([at, length]): Mutation =>
      (report) => {
        const [from, to] = borders(report, at, length);
        return Buffer.concat([report.subarray(0, to), report.subarray(from)]);
      },
  ),
  fc.tuple(share, fc.integer({ min: 1, max: 255 })).map(
    ([at, bits]): Mutation =>
      (report) => {
        const flipped = Buffer.from(report);
        const place = Math.floor(at * (flipped.length - 1));
        if (flipped.length > 0) flipped[place] = (flipped[place] ?? 0) ^ bits;
        return flipped;
      },
  ),
);

function borders(report: Buffer, at: number, length: number): [number, number] {
  const from = Math.floor(at * report.length);
  return [from, Math.min(report.length, from + Math.ceil(length * report.length))];
}

/** Whether a gate that wants everything good would let this through. */
function isGood({ conclusive, tests, findings }: Evidence): boolean {
  const bad = tests ? tests.failed + tests.errored : Object.values(findings ?? {}).reduce((a, b) => a + b, 0);
  return conclusive && bad === 0;
}

/** lcov has no end mark: cut between two records it reads whole, and its first record is the worse one. */
function isBetterCovered({ conclusive, coverage }: Evidence, whole: Coverage): boolean {
  return conclusive && (coverage?.lines ?? 0) > (whole.lines ?? 0);
}

function isWellFormed(evidence: Evidence): void {
  expect(evidence.conclusive).toBe(evidence.problems.length === 0);
  const { tests, metrics, coverage } = evidence;
  if (tests && evidence.conclusive) expect(tests.passed + tests.failed + tests.errored).toBeGreaterThan(0);
  for (const { value } of Object.values(metrics ?? {})) expect(Number.isFinite(value)).toBe(true);
  for (const percent of Object.values(coverage ?? {})) expect(percent >= 0 && percent <= 100).toBe(true);
}

describe.each(fixtureNames)('%s', (name) => {
  const report = fixture(name);

  test('survives any mutation, read as whatever format', async () => {
    const format = fc.constantFrom(undefined, ...evidenceFormats.map((one) => one.name));
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        format,
        async (mutations, declared) => {
          const mutated = mutations.reduce((bytes, mutate) => mutate(bytes), report);
          isWellFormed(await readEvidence(inPieces(mutated, 512), { format: declared }));
        },
      ),
      { numRuns: runs },
    );
  });

  test('never becomes better by being cut off', async () => {
    const { format, kind, coverage } = await readEvidence(inPieces(report, 512));
    if (kind === 'metrics') return; // metrics are neither good nor bad by themselves; a cut JSON is none
    for (let length = 0; length < report.length; length++) {
      const evidence = await readEvidence(inPieces(report.subarray(0, length), 512), { format });
      if (coverage) expect(isBetterCovered(evidence, coverage)).toBe(false);
      else if (isGood(evidence)) expect.unreachable(`cut after ${length} bytes`);
    }
  });
});

test('plain TAP and JUnit reports that fail never pass when cut off', async () => {
  const reports = [
    'TAP version 13\n1..12\nok 1\nnot ok 2\nok 3\nok 4\nok 5\nok 6\nok 7\nok 8\nok 9\nok 10\nok 11\nok 12\n',
    'ok 1\nok 2\nnot ok 3 - last # not todo\n1..3\n',
    '1..3\nok 1\nok 2\nnot ok 3 - last # not skipped\n',
    '1..1\nok 1 - a {\n    ok 1\n    not ok 2\n    1..2\n}\n',
    '<testsuite><testcase/><testcase><failure/></testcase></testsuite>',
  ];
  for (const report of reports) {
    for (let length = 0; length <= report.length; length++) {
      expect(isGood(await readEvidence(inPieces(report.slice(0, length))))).toBe(false);
    }
  }
});
