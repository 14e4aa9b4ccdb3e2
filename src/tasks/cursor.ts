import { z } from 'zod';
import { DevopsError } from '../errors.ts';

/** Where a page of tasks ended: the last one's sort key and name, so that it stays right when the file changes. */

export const sortOrders = ['priority', 'id', 'created', 'file'] as const;

const cursorShape = z.tuple([z.enum(sortOrders), z.array(z.number()), z.string(), z.int().min(0)]);

export interface Cursor {
  sort: (typeof sortOrders)[number];
  key: number[];
  id: string;
  /** Tells entries with the same id apart. */
  repetition: number;
}

export function encodeCursor({ sort, key, id, repetition }: Cursor): string {
  const bytes = new TextEncoder().encode(JSON.stringify([sort, key, id, repetition]));
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
    const [sort, key, id, repetition] = cursorShape.parse(JSON.parse(json));
    return { sort, key, id, repetition };
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
