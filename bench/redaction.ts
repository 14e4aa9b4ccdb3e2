import { readFileSync } from 'node:fs';
import path from 'node:path';
import { redactionFor } from '../src/operations/redaction/index.ts';
import { junitFile } from './gates/junit-file.ts';
import { median, type Suite } from './report.ts';

/** What it costs to keep secrets out: of logs line by line, of reports in bytes, of answers as texts. */

const runs = 5;
const environment = Object.fromEntries(
  Array.from({ length: 20 }, (_, at) => [`SHOP_${at}_TOKEN`, `value-${at}-${'x'.repeat(20 + at)}`]),
);

export const redaction: Suite = {
  name: 'redaction',
  title: 'Redaction, with 20 known secrets',
  async run() {
    const redact = redactionFor(environment);
    const log = logOf(20e6);
    const lines = log.split('\n');
    const report = await junitFile(100);
    const bytes = readFileSync(report.file);
    await report.remove();
    const pieces = Array.from({ length: Math.ceil(bytes.length / 262_144) }, (_, at) =>
      bytes.subarray(at * 262_144, (at + 1) * 262_144),
    );
    const answer = lines.slice(0, 200).join('\n');
    return [
      row('a log, line by line', log.length, () => {
        const line = redact.lines();
        for (const one of lines) line(one);
      }),
      row('a log, as one text', log.length, () => redact(log)),
      row('a JUnit report of 100,000 cases, in pieces of 256 KiB', bytes.length, () => {
        const stream = redact.bytes();
        for (const piece of pieces) stream.push(piece.toString('latin1'));
        stream.end();
      }),
      row('an answer of 200 lines', answer.length, () => redact(answer)),
    ];
  },
};

/** Real lines of many tools, again and again. */
function logOf(length: number): string {
  const folder = path.join(import.meta.dirname, '../test/fixtures/logs');
  const once = ['ordinary.log', 'talks-of-secrets.log']
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('');
  return once.repeat(Math.ceil(length / once.length)).slice(0, length);
}

function row(what: string, length: number, work: () => void) {
  work(); // what is compiled once is no part of it
  const ms = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before); // not the clock: others may be at work
    return (user + system) / 1e3;
  });
  return {
    what,
    MB: (length / 1e6).toFixed(2),
    'median ms of processor': median(ms).toFixed(2),
    'MB/s': Math.round(length / 1e3 / median(ms)),
  };
}
