import { createdMs } from './scan/exact-rows.ts';
import type { TaskIndex } from './task-index.ts';

/** So many bytes are read at once: rows stand close to each other. */
const stretchBytes = 1 << 20;

type Span = { start: number; end: number };

/**
 * Fills in the times that the walker could not read because they are written unusually, once for an index: whoever
 * sorts by them afterwards reads columns.
 * @param bytesAt reads the version of the file that the index is of
 */
export async function settleOddTimes(
  index: TaskIndex,
  bytesAt: (span: Span) => Promise<Uint8Array>,
): Promise<void> {
  // Where rows stand is noted before anything is awaited: a change of ours moves them in the index, not in this version.
  const open = index.rowsOfOddTimes().map((row) => ({ row, ...index.spanOf(row) }));
  const times = new Map<number, number>();
  for (let first = 0; first < open.length; ) {
    const start = open[first]?.start ?? 0;
    let last = first;
    while ((open[last + 1]?.end ?? Number.POSITIVE_INFINITY) - start <= stretchBytes) last += 1;
    const bytes = await bytesAt({ start, end: open[last]?.end ?? start });
    for (const { row, ...span } of open.slice(first, last + 1)) {
      times.set(
        row,
        createdMs(JSON.parse(decoder.decode(bytes.subarray(span.start - start, span.end - start)))),
      );
    }
    first = last + 1;
  }
  index.settleTimes(times);
}

const decoder = new TextDecoder();
