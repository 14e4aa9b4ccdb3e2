import { DevopsError } from '../errors.ts';
import { type FileVersion, readVersioned, versionOf } from '../platform/file-version.ts';
import { path, replaceFile } from '../platform/files.ts';
import { fileFailed } from './file.ts';
import { JsonSyntaxError, skipValue, skipWhitespace, unexpected } from './json-syntax.ts';
import { isObject, type JsonObject } from './json-values.ts';
import { placeOf } from './place.ts';

/** Files of one task each, beside an index of stubs: `T-001.json`. */

/** A task's own file, as it was read. */
export interface EntryFile {
  name: string;
  version: FileVersion;
  /** What stands before and after the object, white space and a byte order mark. */
  before: string;
  text: string;
  after: string;
  entry: JsonObject;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The file of a task; undefined for an id that cannot be a file name. */
export function entryFileName(indexFile: string, id: string): string | undefined {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(id) || id === 'index') return undefined;
  return path.join(path.dirname(indexFile), `${id}.json`);
}

/** @returns undefined where there is no such file @throws TASKS_INVALID, FILE_FAILED */
export async function readEntryFile(name: string): Promise<EntryFile | undefined> {
  const content = await readVersioned(name).catch((error: unknown) => {
    throw fileFailed('read', name, error);
  });
  if (!content) return undefined;
  const { bytes, version } = content;
  try {
    const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const start = skipWhitespace(bytes, mark);
    const end = skipValue(bytes, start);
    const rest = skipWhitespace(bytes, end);
    if (rest < bytes.length) throw unexpected(bytes, rest, 'nothing after the task');
    const [before, text, after] = [
      bytes.subarray(0, start),
      bytes.subarray(start, end),
      bytes.subarray(end),
    ].map((part) => decoder.decode(part)) as [string, string, string];
    const entry: unknown = JSON.parse(text);
    if (!isObject(entry)) throw new JsonSyntaxError(start, 'a task is an object');
    return { name, version, before, text, after, entry };
  } catch (error) {
    throw await invalid(name, bytes, error);
  }
}

/** Replaces a task's file, unless somebody changed it meanwhile. @returns whether it was replaced */
export async function writeEntryFile(file: EntryFile, text: string): Promise<boolean> {
  const onlyIf = async () => (await versionOf(file.name)) === file.version;
  return replaceFile(file.name, file.before + text + file.after, { onlyIf }).catch((error: unknown) => {
    throw fileFailed('write', file.name, error);
  });
}

async function invalid(name: string, bytes: Uint8Array, error: unknown): Promise<unknown> {
  const isEncoding = error instanceof TypeError;
  if (!isEncoding && !(error instanceof JsonSyntaxError)) return error;
  const offset = error instanceof JsonSyntaxError ? error.offset : 0;
  const reason = isEncoding ? 'the file is not UTF-8' : (error as Error).message;
  const source = {
    size: bytes.length,
    async read(into: Uint8Array, position: number) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
  const { line, column, excerpt } = await placeOf(source, offset);
  const near = excerpt === '' ? '' : `, near: ${excerpt}`;
  return new DevopsError('TASKS_INVALID', `${name}:${line}:${column} (byte ${offset}): ${reason}${near}`, {
    remedy: `Mend the file at line ${line}, column ${column}; nothing was written.`,
    cause: error,
  });
}
