import { type FileHandle, open } from 'node:fs/promises';
import type { Format } from '../boards/board-files.ts';

/** What a change of statuses may do to a file: other words in these places, and not one other byte. */

export interface Splice {
  at: number;
  length: number;
  text: string;
}

const chunkLength = 1 << 22;
/** More than any entry is long, so that none is missed between two chunks. */
const overlap = 1 << 16;

/** Where the status word of each named entry stands. */
export async function statusSplices(
  file: string,
  format: Format,
  statuses: ReadonlyMap<string, string>,
): Promise<Splice[]> {
  const colon = format === 'pretty' ? ': ' : ':';
  const opening = `"status"${colon}"`;
  const missing = new Map([...statuses].map(([id, text]) => [`"task_id"${colon}"${id}"`, text]));
  const splices: Splice[] = [];
  await withFile(file, async (handle) => {
    const buffer = Buffer.allocUnsafe(chunkLength + overlap);
    for (let start = 0; missing.size > 0; start += chunkLength) {
      const chunk = buffer.subarray(0, await readFully(handle, buffer, start));
      if (chunk.length === 0) throw new Error(`${file} has no ${[...missing.keys()].join(', ')}`);
      for (const [key, text] of [...missing]) {
        const entry = chunk.indexOf(key);
        if (entry === -1 || entry >= chunkLength) continue;
        const from = chunk.indexOf(opening, entry) + opening.length;
        splices.push({ at: start + from, length: chunk.indexOf('"', from) - from, text });
        missing.delete(key);
      }
    }
  });
  return splices.sort((left, right) => left.at - right.at);
}

/** @throws unless `after` is `before` with these splices, byte by byte */
export async function assertOnlySpliced(before: string, after: string, splices: Splice[]): Promise<void> {
  await withFile(before, (old) =>
    withFile(after, async (changed) => {
      let oldAt = 0;
      let changedAt = 0;
      const { size } = await old.stat();
      for (const { at, length, text } of [...splices, { at: size, length: 0, text: '' }]) {
        await assertSame(old, oldAt, changed, changedAt, at - oldAt);
        changedAt += at - oldAt;
        const word = Buffer.alloc(Buffer.byteLength(text));
        await readFully(changed, word, changedAt);
        if (word.toString() !== text) throw new Error(`byte ${changedAt}: "${word}" instead of "${text}"`);
        changedAt += word.length;
        oldAt = at + length;
      }
      const end = (await changed.stat()).size;
      if (end !== changedAt) throw new Error(`${after} has ${end} bytes, not ${changedAt}`);
    }),
  );
}

async function assertSame(
  old: FileHandle,
  oldStart: number,
  changed: FileHandle,
  changedStart: number,
  length: number,
): Promise<void> {
  const expected = Buffer.allocUnsafe(Math.min(chunkLength, length));
  const actual = Buffer.allocUnsafe(expected.length);
  for (let done = 0; done < length; done += expected.length) {
    const size = Math.min(expected.length, length - done);
    const expectedPart = expected.subarray(
      0,
      await readFully(old, expected.subarray(0, size), oldStart + done),
    );
    const actualPart = actual.subarray(
      0,
      await readFully(changed, actual.subarray(0, size), changedStart + done),
    );
    if (!expectedPart.equals(actualPart)) {
      throw new Error(`bytes ${oldStart + done} to ${oldStart + done + size} did not stay as they were`);
    }
  }
}

/** Reads until the buffer is full or the file ends. */
async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function withFile<Result>(file: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  const handle = await open(file);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}
