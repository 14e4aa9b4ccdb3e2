import * as z from 'zod';
import { DevopsError } from '../errors.ts';

/** Where a page of tasks ended: the last one's sort key and name, so that it stays right when the file changes. */

export const sortOrders = ['priority', 'id', 'created', 'file'] as const;
export type SortOrder = (typeof sortOrders)[number];

const cursorShape = z.tuple([
  z.enum(sortOrders),
  z.array(z.number()),
  z.string().nullable(),
  z.string().nullable(),
  z.int().min(0),
]);

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
    const [sort, key, id, tag, shown] = cursorShape.parse(JSON.parse(json));
    return { sort, key, id: id ?? undefined, tag: tag ?? undefined, shown };
  } catch (error) {
    throw invalidCursor(`"${text.slice(0, 40)}" is not a cursor of this board`, error);
  }
}

export function invalidCursor(message: string, cause?: unknown): DevopsError {
  return new DevopsError('INVALID_CURSOR', message, {
    remedy: 'Use nextCursor of the page before with the same sort, or leave the cursor out to begin anew.',
    cause,
  });
}
