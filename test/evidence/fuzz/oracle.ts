import { evidenceFormats, readEvidence } from '../../../src/evidence/index.ts';
import { type Evidence, maxFailures, maxFindings, maxMessageLength } from '../../../src/evidence/types.ts';
import { judgeEvidence } from '../../../src/gates/judge.ts';
import type { Verdict } from '../../../src/gates/types.ts';
import type { Mutated } from './mutations.ts';
import type { Random } from './random.ts';
import type { Seed } from './seed.ts';

/** What holds of every report, and how it is found out. */

/** Of the processor: longer than any report here takes. What loops without end never comes to it. */
const maxMs = 2_000;

const maxEvidenceLength = 2 * 1024 * 1024;

export async function* inPieces(report: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < report.length; at += size) yield report.subarray(at, at + size);
}

function read(
  report: Buffer,
  { exitCode }: Seed,
  format: string | undefined,
  size: number,
): Promise<Evidence> {
  const run = exitCode === undefined ? { check: 'fuzz' } : { check: 'fuzz', exitCode };
  return readEvidence(inPieces(report, size), { format, run });
}

/** What a gate makes of the evidence. */
export function verdictOf(evidence: Evidence, { demand }: Seed): Verdict {
  const stored = { id: 'evidence', evidence, finishedAt: '', expiresAt: '' };
  return judgeEvidence('fuzz', demand, stored, { now: new Date(0) }).verdict;
}

export async function verdictOfSeed(seed: Seed): Promise<Verdict> {
  return verdictOf(await read(seed.report, seed, seed.format, 512), seed);
}

/** What is wrong with how a mutated report is read; nothing where all is well. */
export async function complaintsOn(seed: Seed, { report, done }: Mutated, random: Random): Promise<string[]> {
  const format = random.chance(0.75) ? seed.format : otherFormat(seed, random);
  const size = random.pick([7, 512, 65_536]);
  const before = process.cpuUsage();
  const evidence = await read(report, seed, format, report.length > 20_000 ? 65_536 : size);
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1_000;
  const complaints = [...flawsOf(evidence)];
  if (ms > maxMs) complaints.push(`reading ${report.length} bytes took ${Math.round(ms)} ms`);
  if (random.chance(0.05)) {
    const again = await read(report, seed, format, 3 + random.below(5_000));
    if (factsOnly(again) !== factsOnly(evidence)) complaints.push('read otherwise in other pieces');
  }
  const verdict = verdictOf(evidence, seed);
  if (verdict === 'pass') complaints.push(...unjustified(seed, { report, done }, evidence));
  return complaints.map((complaint) => `${complaint} (read as ${format ?? `detected ${evidence.format}`})`);
}

/** Words about where a report is broken may differ. */
function factsOnly({ problems: _, ...facts }: Evidence): string {
  return JSON.stringify(facts);
}

/** A gate that declares another format, or none. */
function otherFormat({ format }: Seed, random: Random): string | undefined {
  if (format === 'exitCode') return format;
  const others = evidenceFormats.map(({ name }) => name).filter((name) => name !== 'exitCode');
  return random.chance(0.6) ? undefined : random.pick(others);
}

/** Why a pass is not justified. */
function unjustified(seed: Seed, { report, done }: Mutated, evidence: Evidence): string[] {
  const texts = decodings(report);
  const complaints: string[] = [];
  const survivors = texts.flatMap(seed.facts);
  if (seed.isRed && survivors.length > 0) {
    complaints.push(`passes although it says: ${survivors.slice(0, 3).join(' … ').slice(0, 300)}`);
  }
  if (done.length > 0 && done.every(({ cuts }) => cuts) && isCutShort(seed, report)) {
    if (seed.isRed || !seed.hasNoEnd) complaints.push('passes although it was cut off');
  }
  const { passes } = seed;
  const held = passes && Math.max(...texts.map((text) => passes(text).length));
  if (held !== undefined && evidence.tests && evidence.tests.passed > held) {
    complaints.push(`${evidence.tests.passed} passed tests, but it holds ${held} at most`);
  }
  return complaints;
}

/** What is cut off blanks alone is whole. */
function isCutShort(seed: Seed, report: Buffer): boolean {
  return report.toString().trimEnd() !== seed.report.toString().trimEnd();
}

/** The report in every encoding that a reader might take it for. */
function decodings(report: Buffer): string[] {
  return ['utf-8', 'utf-16le', 'utf-16be', 'latin1'].map((encoding) =>
    new TextDecoder(encoding).decode(report),
  );
}

const unclean =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]|[\u{E0000}-\u{E007F}]/u;

/** What no evidence may be, of whatever report. */
function* flawsOf(evidence: Evidence): Generator<string> {
  const { conclusive, problems, tests, findings, findingList = [], metrics = {}, coverage = {} } = evidence;
  if (conclusive !== (problems.length === 0))
    yield `conclusive is ${conclusive} with ${problems.length} problems`;
  for (const text of textsIn(evidence)) {
    if (unclean.test(text)) yield `a control character in ${JSON.stringify(text.slice(0, 80))}`;
    if (text.length > maxMessageLength) yield `a text of ${text.length} characters`;
  }
  if (JSON.stringify(evidence).length > maxEvidenceLength) yield 'more evidence than fits';
  if (problems.length > 20) yield `${problems.length} problems`;
  const counts = [
    ...(tests ? [tests.passed, tests.failed, tests.errored, tests.skipped, tests.flaky] : []),
    ...Object.values(findings ?? {}),
    evidence.suppressed ?? 0,
    evidence.thresholds?.passed ?? 0,
    evidence.thresholds?.failed ?? 0,
  ];
  for (const count of counts) if (!Number.isSafeInteger(count) || count < 0) yield `a count of ${count}`;
  if ((tests?.failures.length ?? 0) > maxFailures || findingList.length > maxFindings)
    yield 'too long a list';
  if (tests && tests.flaky > tests.passed) yield 'more flaky tests than passed ones';
  if (conclusive && tests && tests.passed + tests.failed + tests.errored === 0)
    yield 'conclusive without a test';
  if (conclusive && evidence.kind === 'metrics' && Object.keys(metrics).length === 0)
    yield 'nothing measured';
  for (const [name, { value, unit, samples = 1 }] of Object.entries(metrics)) {
    if (!Number.isFinite(value)) yield `${name} is ${value}`;
    if (!Number.isFinite(samples) || samples < 0) yield `${name} rests on ${samples} samples`;
    if (conclusive && evidence.format !== 'metrics' && value < 0) yield `${name} is ${value}`;
    if (conclusive && unit === '%' && evidence.format !== 'metrics' && value > 100)
      yield `${name} is ${value}%`;
  }
  for (const [part, percent] of Object.entries(coverage)) {
    if (!(percent >= 0 && percent <= 100)) yield `${percent}% of ${part}`;
  }
  if (Object.keys(Object.prototype).length > 0) yield 'Object.prototype has been changed';
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsIn(one)]);
}
