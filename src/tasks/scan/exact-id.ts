import { locateField, readId } from '../dialects.ts';
import { type JsonObject, valueAt } from '../json-values.ts';
import { sourceAt } from '../splice.ts';

/** The id of an entry. `JSON.parse` rounds big integers, and two ids must not become one: those are taken as written. */
export function exactId(entry: JsonObject, text: string): string | undefined {
  const path = locateField(entry, 'id');
  if (path === undefined) return undefined;
  const id = valueAt(entry, path);
  return typeof id === 'number' && !Number.isSafeInteger(id) ? sourceAt(text, path) : readId(entry);
}
