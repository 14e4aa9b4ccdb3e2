import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { redactionFor } from '../../../src/operations/redaction/index.ts';
import { corpus, type Sample } from './corpus.ts';

const samples = corpus(20_261_126, 3);
/** What stands around a secret must not keep it from being seen. */
const surroundings: [string, string][] = [
  ['', ''],
  ['2026-11-26T05:00:00Z INFO connecting with ', ' (attempt 1)\nnext line\n'],
  ['\u001b[32m', '\u001b[0m\r\n'],
  ['caf\u00e9 \u2713 first line\n', '\nlast line'],
];
const encoder = new TextEncoder();

/** No piece of a secret of this length may be left. */
const piece = 8;

function leftOf(sample: Sample, clean: string): string | undefined {
  for (const secret of sample.secret) {
    if (clean.includes(secret)) return secret;
    for (let at = 4; at + piece <= secret.length; at += 1) {
      const part = secret.slice(at, at + piece);
      // The words around it may have the piece as well; only what the redaction left counts.
      if (clean.includes(part) && !sample.text.replaceAll(secret, '').includes(part)) return part;
    }
  }
  return undefined;
}

test('there are at least 200 secrets of at least 30 kinds', () => {
  expect(samples.length).toBeGreaterThanOrEqual(200);
  expect(new Set(samples.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(30);
});

describe('nothing is missed', () => {
  test('in a text, whatever stands around it', () => {
    const missed = samples.flatMap((sample) => {
      const redact = redactionFor(sample.environment ?? {});
      return surroundings.flatMap(([before, after]) => {
        const left = leftOf(sample, redact(before + sample.text + after));
        return left === undefined ? [] : [`${sample.kind}: ${left} of ${sample.text}`];
      });
    });
    expect(missed).toEqual([]);
  });

  test('in bytes that are cut in two at every border, and into single bytes', () => {
    let cuts = 0;
    const missed: string[] = [];
    for (const sample of samples) {
      const redact = redactionFor(sample.environment ?? {});
      const bytes = encoder.encode(`before\n${sample.text}\nafter`);
      const whole = joined(redact.bytes(), [bytes]);
      const left = leftOf(sample, whole);
      if (left !== undefined) missed.push(`${sample.kind}: ${left}`);
      for (let at = 1; at < bytes.length; at += 1) {
        cuts += 1;
        const clean = joined(redact.bytes(), [bytes.subarray(0, at), bytes.subarray(at)]);
        if (clean !== whole) missed.push(`${sample.kind} cut at ${at}`);
      }
      const single = joined(
        redact.bytes(),
        Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
      );
      if (single !== whole) missed.push(`${sample.kind} in single bytes`);
    }
    expect(missed).toEqual([]);
    expect(cuts).toBeGreaterThan(20_000);
  }, 120_000);

  test('in lines that are logged one by one', () => {
    const missed = samples.flatMap((sample) => {
      const line = redactionFor(sample.environment ?? {}).lines();
      const clean = sample.text.split(/\r?\n/).map(line).join('\n');
      const left = leftOf(sample, clean);
      return left === undefined ? [] : [`${sample.kind}: ${left}`];
    });
    expect(missed).toEqual([]);
  });

  test('in one line of many megabytes, wherever it stands', () => {
    const redact = redactionFor({});
    const short = samples
      .filter(({ text, environment }) => !text.includes('\n') && !environment)
      .slice(0, 90);
    const filler = 'lorem ipsum dolor, '.repeat(3_000);
    const line = short.map(({ text }, at) => `${filler.slice(at * 37)}${text} `).join('');
    const bytes = encoder.encode(line);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 65_521) }, (_, at) =>
      bytes.subarray(at * 65_521, (at + 1) * 65_521),
    );
    const clean = joined(redact.bytes(), pieces);
    expect(
      short.flatMap((sample) => (sample.secret.some((one) => clean.includes(one)) ? [sample.kind] : [])),
    ).toEqual([]);
    expect(clean.length).toBeGreaterThan(
      line.length - short.reduce((sum, { text }) => sum + text.length, 0) - 1,
    );
  });
});

test('redacting twice changes nothing more', () => {
  const redact = redactionFor({});
  const changed = samples.filter(({ text }) => redact(redact(text)) !== redact(text)).map(({ kind }) => kind);
  expect([...new Set(changed)]).toEqual([]);
});

test('JSON stays JSON, and bytes that are no text stay as they are', () => {
  const redact = redactionFor({});
  for (const sample of samples) {
    const texts = [JSON.stringify({ log: sample.text, token: 12_345_678, list: [sample.text] })];
    try {
      JSON.parse(sample.text);
      texts.push(sample.text);
    } catch {
      // is none
    }
    for (const text of texts)
      expect(() => JSON.parse(redact(text)), `${sample.kind}: ${redact(text)}`).not.toThrow();
  }
  const all = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
  const kept = redactionFor({}).bytes();
  const text = Buffer.from(all).toString('latin1');
  expect(kept.push(text.slice(0, 33_333)) + kept.push(text.slice(33_333)) + kept.end()).toBe(text);
});

function joined(
  redaction: ReturnType<ReturnType<typeof redactionFor>['bytes']>,
  pieces: Uint8Array[],
): string {
  const parts = pieces.map((one) => redaction.push(Buffer.from(one).toString('latin1')));
  return Buffer.from([...parts, redaction.end()].join(''), 'latin1').toString('utf8');
}

describe('ordinary text', () => {
  const places = ['docs', 'src', 'test/fixtures', 'prompts', 'schema', 'examples'];
  const files = places.flatMap((place) =>
    readdirSync(place, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      // Compiled code is no text: by chance its base64 holds what looks like the id of a key.
      entry.isFile() && entry.name !== 'wasm-module.ts' ? [path.join(entry.parentPath, entry.name)] : [],
    ),
  );

  /** In 48,000 lines: an example of a password, the shape of a token, and a key that a scan is to find. */
  const mostChanged = 5;

  test('stays as it is: logs of many tools, our reports, documents and sources', () => {
    const redact = redactionFor({});
    let lines = 0;
    const changed: string[] = [];
    for (const file of ['package-lock.json', 'README.md', ...files]) {
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        lines += 1;
        if (redact(line) !== line)
          changed.push(`${file}: ${line.trim().slice(0, 160)}\n    ${redact(line).trim().slice(0, 160)}`);
      }
    }
    // Of a thousand lines of logs two: `secretRef: name=shop` and a folder called secrets that was renamed.
    expect(changed.filter((one) => one.startsWith('test/fixtures/logs')).length).toBeLessThanOrEqual(2);
    expect(lines).toBeGreaterThan(40_000);
    expect(changed.length, changed.join('\n')).toBeLessThanOrEqual(mostChanged);
  });
});
