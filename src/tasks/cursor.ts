import { DevopsError } from '../errors.ts';

/** Where a page of tasks ended: the last one's sort key and name, so that it stays right when the file changes. */

export const sortOrders = ['priority', 'id', 'created', 'file'] as const;
export type SortOrder = (typeof sortOrders)[number];

export interface Cursor {
  sort: SortOrder;
  key: number[];
  /** As the file spells it; undefined where the task has none. */
  id: string | undefined;
  /** The list it is in, where the file has several. */
  tag: string | undefined;
  /** How many tasks that do not differ in any of this were shown so far; more than one where ids are repeated. */
  shown: number;
}

export function encodeCursor({ sort, key, id, tag, shown }: Cursor): string {
  const bytes = new TextEncoder().encode(JSON.stringify([sort, key, id ?? null, tag ?? null, shown]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** @throws INVALID_CURSOR */
export function decodeCursor(text: string): Cursor {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const json = new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
    const parts: unknown = JSON.parse(json);
    if (!isCursor(parts)) throw new TypeError('its parts are not those of a cursor');
    const [sort, key, id, tag, shown] = parts;
    return { sort, key, id: id ?? undefined, tag: tag ?? undefined, shown };
  } catch (error) {
    throw invalidCursor(`"${text.slice(0, 40)}" is not a cursor of this board`, error);
  }
}

type Parts = [sort: SortOrder, key: number[], id: string | null, tag: string | null, shown: number];

/** Looked at by hand: a thread that searches is to load no library for it. */
function isCursor(parts: unknown): parts is Parts {
  if (!Array.isArray(parts) || parts.length !== 5) return false;
  const [sort, key, id, tag, shown] = parts;
  const isName = (name: unknown) => name === null || typeof name === 'string';
  return (
    sortOrders.includes(sort) &&
    Array.isArray(key) &&
    key.every((part) => typeof part === 'number') &&
    isName(id) &&
    isName(tag) &&
    Number.isInteger(shown) &&
    shown >= 0
  );
}

export function invalidCursor(message: string, cause?: unknown): DevopsError {
  return new DevopsError('INVALID_CURSOR', message, {
    remedy: 'Use nextCursor of the page before with the same sort, or leave the cursor out to begin anew.',
    cause,
  });
}
