import { locateField, readField } from '../../../src/tasks/dialects.ts';
import { isObject } from '../../../src/tasks/json-values.ts';
import {
  type Columns,
  hasId,
  hasOddTime,
  hasScore,
  idIsNumber,
  isNoObject,
  putIdTogether,
} from '../../../src/tasks/scan/columns.ts';
import { createdMs } from '../../../src/tasks/scan/exact-rows.ts';
import type { RowSink, Rows } from '../../../src/tasks/scan/read-lists.ts';
import { entriesIn } from '../documents.ts';

/** The rows that a walker makes of a file, and those that JSON.parse says there are. */

/** Numbers that JavaScript rounds are kept as the file writes them: another test looks at those. */
function exact(id: string | number, isNumber = typeof id === 'number'): string {
  return isNumber && !Number.isSafeInteger(Number(id)) ? '(as written)' : String(id);
}

export interface Row {
  tag: string | undefined;
  text: string;
  position: number;
  isObject: boolean;
  id: string | undefined;
  status: string;
  type: string;
  agent: string;
  priority: string;
  score: number | undefined;
  created: number;
}

export class Collector implements RowSink {
  readonly rows: Row[] = [];
  readonly #bytes: Uint8Array;
  #tag: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  openList(tag: string | undefined) {
    this.#tag = tag;
  }

  closeList() {}

  /** Odd times are left to whoever asks. */
  #created(columns: Columns, row: number, base: number): number {
    if ((columns.flags[row]! & hasOddTime) === 0) return columns.created[row]!;
    return createdMs(
      JSON.parse(
        new TextDecoder().decode(this.#bytes.subarray(base + columns.start[row]!, base + columns.end[row]!)),
      ),
    );
  }

  takeRows({ columns, count, words, base }: Rows) {
    for (let i = 0; i < count; i += 1) {
      const flags = columns.flags[i]!;
      const isObject = (flags & isNoObject) === 0;
      const word = (code: number) => (words.isNumber(code) ? '#' : '') + words.textOf(code);
      this.rows.push({
        tag: this.#tag,
        text: new TextDecoder().decode(
          this.#bytes.subarray(base + columns.start[i]!, base + columns.end[i]!),
        ),
        position: columns.position[i]!,
        isObject,
        id:
          isObject && flags & hasId
            ? exact(
                putIdTogether(words.textOf(columns.idStem[i]!), columns.idDigits[i]!, columns.idNumber[i]!),
                (flags & idIsNumber) !== 0,
              )
            : undefined,
        status: isObject ? word(columns.status[i]!) : '',
        type: isObject ? word(columns.type[i]!) : '',
        agent: isObject ? word(columns.agent[i]!) : '',
        priority: isObject ? word(columns.priority[i]!) : '',
        score: isObject && flags & hasScore ? columns.score[i] : undefined,
        created: isObject ? this.#created(columns, i, base) : 0,
      });
    }
  }
}

/** What `JSON.parse` says is in the file. */
export function oracle(text: string): Omit<Row, 'text'>[] {
  return entriesIn(text).flatMap(({ tag, position, entry }) => {
    if (entry === null || typeof entry !== 'object') return [];
    const word = (role: 'status' | 'type' | 'agent' | 'priority') => {
      const value = isObject(entry) ? readField(entry, role) : undefined;
      return typeof value === 'number' ? `#${value}` : typeof value === 'string' ? value : '';
    };
    const id = isObject(entry) && locateField(entry, 'id') ? readField(entry, 'id') : undefined;
    const score = isObject(entry) ? entry.priority_score : undefined;
    return [
      {
        tag,
        position,
        isObject: isObject(entry),
        id: (typeof id === 'string' && id !== '') || typeof id === 'number' ? exact(id) : undefined,
        status: word('status'),
        type: word('type'),
        agent: word('agent'),
        priority: word('priority'),
        score: typeof score === 'number' && Number.isFinite(score) ? score : undefined,
        created: isObject(entry) ? createdMs(entry) : 0,
      },
    ];
  });
}

/** Of a repeated tag the last list counts, for both; whether it stands where the tag came first or last does not. */
export const byTag = <T extends { tag: string | undefined }>(rows: readonly T[] | undefined) =>
  rows?.toSorted((left, right) => (left.tag ?? '').localeCompare(right.tag ?? ''));

export function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}
