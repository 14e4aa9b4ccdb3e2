import { readdirSync, readFileSync } from 'node:fs';
import { type ReadOptions, readEvidence } from '../../src/evidence/index.ts';
import type { Evidence } from '../../src/evidence/types.ts';

const fixtures = new URL('../fixtures/reports/', import.meta.url);

export const fixtureNames = readdirSync(fixtures);

export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, fixtures));
}

/** Yields a report in small pieces, so that every border inside it is crossed. */
export async function* inPieces(report: string | Uint8Array, size = 5): AsyncGenerator<Uint8Array> {
  const bytes = typeof report === 'string' ? new TextEncoder().encode(report) : report;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function read(report: string | Uint8Array, options?: ReadOptions): Promise<Evidence> {
  return readEvidence(inPieces(report, report.length > 10_000 ? 4_096 : 5), options);
}
