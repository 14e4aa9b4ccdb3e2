import { expect, test } from 'vitest';
import { decodeBegin, decodeLines } from '../../src/evidence/text.ts';
import { inPieces, read } from './reading.ts';

const tap = '1..2\nok 1 - grün\nnot ok 2 - größer\n';
const json = '{"numTotalTests":1,"testResults":[{"assertionResults":[{"status":"passed"}]}]}';

test('reads what PowerShell redirects: UTF-16 with a mark, and CRLF', async () => {
  const report = Buffer.from(`\uFEFF${tap.replaceAll('\n', '\r\n')}`, 'utf16le');
  const { format, conclusive, tests } = await read(report);
  expect({ format, conclusive }).toEqual({ format: 'tap', conclusive: true });
  expect(tests).toMatchObject({ passed: 1, failed: 1, failures: [{ name: 'größer' }] });
  expect(await read(Buffer.from(`\uFEFF${json}`, 'utf16le'))).toMatchObject({
    format: 'jest',
    conclusive: true,
  });
  expect(await read(Buffer.from(json, 'utf16le').swap16())).toMatchObject({
    format: 'jest',
    conclusive: true,
  });
});

test('decodes a beginning that breaks off inside a character', () => {
  expect(decodeBegin(Buffer.from('a grün').subarray(0, 5))).toBe('a gr');
  expect(decodeBegin(Buffer.from('\uFEFFab', 'utf16le').subarray(0, 5))).toBe('a');
});

test('splits lines whatever the pieces', async () => {
  for (const pieces of [1, 2, 600, 10_000]) {
    const lines: string[] = [];
    for await (const line of decodeLines(inPieces(`${tap.repeat(50)}rest`, pieces))) lines.push(line);
    expect(lines.join('')).toBe(`${tap.repeat(50)}rest`);
    expect(lines).toHaveLength(151);
  }
});
