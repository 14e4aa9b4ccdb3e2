import { DevopsError } from '../errors.ts';
import { decodeCursor } from './cursor.ts';
import { readinessOf } from './dependencies.ts';
import { readTask } from './dialects.ts';
import { findEntry, type Span } from './found-entry.ts';
import { JsonSyntaxError } from './json-syntax.ts';
import type { JsonObject } from './json-values.ts';
import { settleOddTimes } from './odd-times.ts';
import { lineOf, placeOf } from './place.ts';
import { type ListPlace, readLists } from './scan/read-lists.ts';
import type { ByteSource } from './scan/window.ts';
import { type FileSearch, type Found, findInFile, findInIndex, isAnsweredByIndex } from './search.ts';
import { type Chosen, ownIdOf } from './selection.ts';
import { TaskIndex, wordsIn } from './task-index.ts';
import type { Task, TaskFilter } from './types.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** So many places of a repeated id are named. */
const maxPlaces = 10;

/** An entry that is to be changed, and how the file around it spells things. */
export interface EntryInPlace {
  row: Chosen;
  task: Task;
  neighbours: Span[];
  /** Words for a status that the file uses, in the order in which they first appear. */
  statuses: string[];
}

/**
 * One version of a task file. `Task.id` is the entry's own id. In a file with several lists (tags), an id that stands
 * in more than one of them is given as `tag/id`. An entry without an id is shown as `#7`, its place in the file, and
 * cannot be changed.
 */
export class Snapshot {
  readonly source: ByteSource;
  /** Whether each line is an entry (JSON Lines). */
  readonly isLines: boolean;
  readonly #file: string;
  readonly #sharing: Pick<FileSearch, 'runHelper' | 'instant'>;
  #index: TaskIndex | undefined;

  /** @param file its name, for messages */
  constructor(source: ByteSource, file: string, { index, ...sharing }: SnapshotSettings = {}) {
    this.source = source;
    this.#sharing = sharing;
    this.isLines = /\.(jsonl|ndjson)$/i.test(file);
    this.#file = file;
    this.#index = index;
  }

  /** Whether it has an index, so that nothing needs to be read to find a task. */
  get isIndexed(): boolean {
    return this.#index !== undefined;
  }

  /** The index; built where there is none yet. @throws TASKS_INVALID with line, column, byte offset and an excerpt */
  async index(): Promise<TaskIndex> {
    this.#index ??= await this.#readable(async () => {
      const { lists, sink } = await readLists(this.source, (words) => new TaskIndex(words), this);
      this.#assertLists(lists);
      return sink;
    });
    return this.#index;
  }

  /** @throws TASKS_INVALID, INVALID_CURSOR */
  async find(filter: TaskFilter): Promise<Found> {
    const position = await this.#placeOfCursor(filter);
    const index = this.#index;
    if (index && isAnsweredByIndex(filter)) {
      if (filter.sort === 'created') await settleOddTimes(index, (span) => this.bytesAt(span));
      return findInIndex(index, filter, position);
    }
    return this.#readable(async () => {
      const found = await findInFile(this.source, filter, {
        position,
        isLines: this.isLines,
        ...this.#sharing,
      });
      this.#assertLists(found.lists);
      return found;
    });
  }

  /** The tasks of rows that were found. */
  async tasksOf({ chosen, hasSeveralLists }: Found, { withReadiness = false } = {}): Promise<Task[]> {
    return Promise.all(
      chosen.map(async (row) => {
        const name = hasSeveralLists ? await this.nameOf(row) : nameAlone(row);
        const task = readTask(name, await this.entryAt(row));
        return withReadiness ? { ...task, ...(await readinessOf(this, task, row.tag)) } : task;
      }),
    );
  }

  /**
   * The one entry with this id; in a tagged file `tag/id` is understood too, ambiguous or not.
   * @throws UNKNOWN_TASK, TASK_DUPLICATE
   */
  async named(id: string): Promise<{ row: Chosen; task: Task }> {
    return this.#theOne(id, await this.find({ ids: [id], sort: 'file', limit: maxPlaces }));
  }

  /**
   * As `named`, with what a change has to know of its surroundings.
   * @param reach so many entries on either side
   */
  async inPlace(id: string, reach: number): Promise<EntryInPlace> {
    const isPlace = id.startsWith('#');
    if (this.#index || isPlace) return inPlaceOf(await this.index(), await this.named(id), reach);
    const found = await this.#readable(async () => {
      const entries = await findEntry(this.source, id, { isLines: this.isLines, limit: maxPlaces, reach });
      this.#assertLists(entries.lists);
      return entries;
    });
    return { ...(await this.#theOne(id, found)), neighbours: found.neighbours, statuses: found.statuses };
  }

  async #theOne(id: string, found: Found): Promise<{ row: Chosen; task: Task }> {
    const [row, ...others] = found.chosen;
    if (!row) {
      throw new DevopsError('UNKNOWN_TASK', `there is no task "${id}"`, {
        remedy: 'List the tasks with filterTasks and use an id from there.',
      });
    }
    if (others.length > 0) throw await this.#ambiguous(id, found);
    const [task] = await this.tasksOf(found);
    if (!task) throw new Error('a chosen row is a task');
    return { row, task };
  }

  async entryAt(span: { start: number; end: number }): Promise<JsonObject> {
    return JSON.parse(await this.textAt(span));
  }

  async bytesAt({ start, end }: { start: number; end: number }): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, end - start));
    return bytes.subarray(0, await this.source.read(bytes, start));
  }

  /** @throws TASKS_INVALID where the bytes are not UTF-8 */
  async textAt({ start, end }: { start: number; end: number }): Promise<string> {
    const bytes = await this.bytesAt({ start, end });
    return this.#readable(async () => {
      try {
        return decoder.decode(bytes);
      } catch {
        throw new JsonSyntaxError(start, 'this entry holds bytes that are not UTF-8');
      }
    });
  }

  /** What a row is called: its id; with the tag of its list where others have it too; its place where it has none. */
  async nameOf(row: NamedRow): Promise<string> {
    const { ownId, tag } = row;
    if (ownId === undefined || tag === undefined) return nameAlone(row);
    const index = await this.index();
    const isAmbiguous = index.rowsNamed(ownId).some((other) => {
      return index.listOf(other)?.tag !== tag && ownIdOf(index, other, index.words) === ownId;
    });
    return isAmbiguous ? `${tag}/${ownId}` : ownId;
  }

  /** In the order of the file, the place of a task may have moved since: the task itself is looked up again. */
  async #placeOfCursor({ sort, cursor }: TaskFilter): Promise<number | undefined> {
    if (sort !== 'file' || cursor === undefined) return undefined;
    const { id, tag, key } = decodeCursor(cursor);
    if (id === undefined) return undefined;
    const name = tag === undefined ? id : `${tag}/${id}`;
    const index = this.#index;
    const places = index
      ? index.rowsNamed(name).map((row) => index.position[row] ?? 0)
      : (await this.find({ ids: [name], sort: 'file' })).chosen.map(({ position }) => position);
    const before = key[0] ?? 0;
    return places.sort((left, right) => Math.abs(left - before) - Math.abs(right - before))[0];
  }

  async #ambiguous(id: string, { chosen, total }: Found): Promise<DevopsError> {
    const places = await Promise.all(
      chosen.map(
        async ({ position, start }) => `entry ${position} (line ${await lineOf(this.source, start)})`,
      ),
    );
    const more = total > places.length ? `, and ${total - places.length} more` : '';
    const qualified = new Set(chosen.map(({ tag, ownId }) => `${tag}/${ownId}`));
    return new DevopsError('TASK_DUPLICATE', `"${id}" names ${total} tasks: ${places.join(', ')}${more}`, {
      remedy:
        qualified.size === total
          ? `Use one of: ${[...qualified].join(', ')}.`
          : 'Give each of these entries an id of its own in the file.',
    });
  }

  #assertLists(lists: readonly ListPlace[]): void {
    if (lists.length > 0) return;
    throw new DevopsError('TASKS_INVALID', `${this.#file} is valid JSON, but holds no list of tasks`, {
      remedy:
        'It must be an array of tasks, {"tasks": […]}, or {"<tag>": {"tasks": […]}}. Mend it, or set "tasks" in devops.yaml to another file.',
    });
  }

  async #readable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      const { line, column, excerpt } = await placeOf(this.source, error.offset);
      const where = `${this.#file}:${line}:${column} (byte ${error.offset})`;
      const near = excerpt === '' ? '' : `, near: ${excerpt}`;
      throw new DevopsError('TASKS_INVALID', `${where}: ${error.message}${near}`, {
        remedy: `Mend the file at line ${line}, column ${column}; nothing was written.`,
        cause: error,
      });
    }
  }
}

export interface SnapshotSettings extends Pick<FileSearch, 'runHelper' | 'instant'> {
  index?: TaskIndex | undefined;
}

function inPlaceOf(
  index: TaskIndex,
  { row, task }: { row: Chosen; task: Task },
  reach: number,
): EntryInPlace {
  const own = index.rowAt(row.start);
  const list = index.listOf(own);
  const [first, last] = list ? index.rowsOf(list) : [own, own + 1];
  const [from, to] = [Math.max(first, own - reach), Math.min(last, own + reach + 1)];
  const rows = Array.from({ length: to - from }, (_, at) => from + at).filter((one) => one !== own);
  return {
    row,
    task,
    neighbours: rows.map((one) => index.spanOf(one)),
    statuses: wordsIn(index, 'status'),
  };
}

type NamedRow = Pick<Chosen, 'ownId' | 'tag' | 'position'>;

function nameAlone({ ownId, position }: NamedRow): string {
  return ownId ?? `#${position}`;
}
