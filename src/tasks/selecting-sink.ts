import { readTask } from './dialects.ts';
import { textTestOf } from './filter.ts';
import { isObject } from './json-values.ts';
import { isNoObject } from './scan/columns.ts';
import { createdMs } from './scan/exact-rows.ts';
import type { ListPlace, RowSink, Rows } from './scan/read-lists.ts';
import type { Chosen, Selection } from './selection.ts';
import type { TaskFilter } from './types.ts';

/** What a search found so far: about a page of rows, and how many there are. */
export interface FoundRows {
  rows: Chosen[];
  total: number;
}

/** Lets rows through to a selection, and parses those entries of which the columns do not tell enough. */
export class SelectingSink implements RowSink {
  readonly selection: Selection;
  readonly #textTest: ((title: string, description: string) => boolean) | undefined;
  #tag: string | undefined;
  #elementsBefore = 0;

  constructor(filter: TaskFilter, selection: Selection) {
    this.selection = selection;
    this.#textTest = filter.text ? textTestOf(filter.text) : undefined;
  }

  openList(tag: string | undefined): void {
    this.#tag = tag;
  }

  closeList({ elementCount }: ListPlace): void {
    this.#elementsBefore += elementCount;
  }

  takeRows({ columns, count, bytes, base }: Rows): void {
    for (let row = 0; row < count; row += 1) columns.position[row]! += this.#elementsBefore;
    const entryOf = (row: number) => {
      const entry = JSON.parse(decoder.decode(bytes.subarray(columns.start[row], columns.end[row])));
      return isObject(entry) ? entry : {};
    };
    const isText = this.#textTest;
    this.selection.takeRows({ base, ...columns }, [0, count], {
      tag: this.#tag,
      isMatch: (row) => {
        if (((columns.flags[row] ?? 0) & isNoObject) !== 0) return false;
        if (!isText) return true;
        const { title, description = '' } = readTask('', entryOf(row));
        return isText(title, description);
      },
      createdOf: (row) => createdMs(entryOf(row)),
    });
  }
}

const decoder = new TextDecoder();
