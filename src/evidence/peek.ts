import { decodeBegin, joined } from './text.ts';

/** The beginning of a report, and all of it. */
export interface PeekedReport {
  head: string;
  /** The report from its first byte on. */
  whole: AsyncIterable<Uint8Array>;
  /** Ends a report of which `whole` will not be read. */
  close(): Promise<void>;
}

/** Reads up to `headBytes` ahead and decodes them. */
export async function peek(report: AsyncIterable<Uint8Array>, headBytes: number): Promise<PeekedReport> {
  const rest = report[Symbol.asyncIterator]();
  const close = async () => void (await rest.return?.());
  const seen: Uint8Array[] = [];
  for (let bytes = 0; bytes < headBytes; ) {
    const { done, value } = await rest.next();
    if (done) break;
    seen.push(value);
    bytes += value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen;
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    } finally {
      await close();
    }
  }
  return { head: decodeBegin(joined(seen).subarray(0, headBytes)), whole: whole(), close };
}
