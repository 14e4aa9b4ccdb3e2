import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { listFolder, path, removeFile, replaceFile } from '../platform/files.ts';
import { changeEntry } from './change.ts';
import { assertDependencies } from './dependencies.ts';
import { type FieldRole, locateField, readField, readTask } from './dialects.ts';
import { type EntryFile, entryFileName, readEntryFile, writeEntryFile } from './entry-files.ts';
import { type JsonObject, jsonEqual, valueAt } from './json-values.ts';
import { layoutOf, render } from './layout.ts';
import { composeEntry } from './new-entry.ts';
import { ownIdOf } from './selection.ts';
import type { Snapshot } from './snapshot.ts';
import type { BoardSettings, FileBoard } from './store.ts';
import { wordsIn } from './task-index.ts';
import { plainTemplate } from './template.ts';
import type { NewTask, Task, TaskBoard, TaskChange, TaskFilter, TaskPage } from './types.ts';
import { isDone, isFinished } from './words.ts';

/** What a stub repeats of its task's file, where it has a place for it. */
const mirrored: readonly FieldRole[] = [
  'title',
  'description',
  'type',
  'status',
  'priority',
  'agent',
  'dependencies',
  'updated',
];
const maxAttempts = 10;
/** So many files show how one is written. */
const neighbourhood = 10;

/**
 * A board of an index of stubs and a file for each task. Filters read the stubs; what a task says stands in its file;
 * a stub without a file is a task of its own. A change writes the file and then the stub. A marker beside them says
 * that both belong together until both are written, so that whoever comes after a crash completes the stub.
 */
export function openFolderBoard(stubs: FileBoard, { file, now }: BoardSettings): TaskBoard {
  const folder = new Folder(stubs, file, now);
  return {
    async filter(filter) {
      await folder.completeMarked();
      return folder.filter(filter);
    },
    async get(id) {
      await folder.completeMarked();
      return folder.full(await stubs.get(id));
    },
    async update(id, change) {
      await folder.completeMarked();
      return folder.update(id, change);
    },
    async create(task) {
      await folder.completeMarked();
      return folder.create(task);
    },
  };
}

class Folder {
  readonly #stubs: FileBoard;
  readonly #index: string;
  readonly #now: () => Date;

  constructor(stubs: FileBoard, index: string, now: () => Date) {
    this.#stubs = stubs;
    this.#index = index;
    this.#now = now;
  }

  async filter({ text = '', ...filter }: TaskFilter): Promise<TaskPage> {
    if (text === '') return this.#page(filter);
    // Descriptions stand in the files: all that pass the rest of the filter are read.
    const { cursor: _, limit: __, ...whole } = filter;
    const wanted = text.toLowerCase();
    const { tasks } = await this.#page(whole);
    const ids = tasks
      .filter(({ title, description = '' }) => `${title}\n${description}`.toLowerCase().includes(wanted))
      .map(({ id }) => id);
    return ids.length === 0 ? { tasks: [], total: 0 } : this.#page({ ...filter, ids });
  }

  async #page(filter: TaskFilter): Promise<TaskPage> {
    const page = await this.#stubs.filter({ ...filter, withReadiness: false });
    const tasks = await Promise.all(page.tasks.map((stub) => this.full(stub)));
    if (!filter.withReadiness) return { ...page, tasks };
    return { ...page, tasks: await Promise.all(tasks.map((task) => this.#withReadiness(task))) };
  }

  async #withReadiness(task: Task): Promise<Task> {
    const ids = task.dependencies ?? [];
    const { tasks: known } = ids.length === 0 ? { tasks: [] } : await this.#stubs.filter({ ids });
    const done = new Set(known.filter(({ status }) => isDone(status)).map(({ id }) => id));
    const waitingFor = ids.filter((id) => !done.has(id));
    return { ...task, ready: waitingFor.length === 0, waitingFor };
  }

  /** A task as its file tells it; what the file does not say, its stub may. */
  async full(stub: Task): Promise<Task> {
    const file = await this.#fileOf(stub.id);
    if (!file) return stub;
    const task = readTask(stub.id, file.entry);
    return { ...stub, ...task, title: task.title || stub.title };
  }

  async update(id: string, change: TaskChange): Promise<{ task: Task; changedFields: string[] }> {
    const { id: ownId } = await this.#stubs.get(id);
    const name = entryFileName(this.#index, ownId);
    if (name === undefined || !(await readEntryFile(name))) return this.#stubs.update(id, change);
    return withFileLock(name, async () => {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const done = await this.#tryUpdate(name, ownId, change);
        if (done) return done;
      }
      throw new DevopsError('TASKS_BUSY', `another program keeps rewriting ${name}; nothing was written`, {
        remedy: 'Try again when it is done.',
      });
    });
  }

  /** @returns undefined where somebody else changed the file meanwhile */
  async #tryUpdate(name: string, id: string, change: TaskChange) {
    const file = await readEntryFile(name);
    if (!file) return this.#stubs.update(id, change);
    const task = readTask(id, file.entry);
    const around = await this.#stubs.look(async (snapshot) => ({
      neighbours: (await this.#someFiles(snapshot)).map(({ entry }) => entry),
      statuses: wordsIn(await snapshot.index(), 'status'),
      isTagged: false,
    }));
    const { text, ...result } = changeEntry(
      { task, text: file.text, hasId: locateField(file.entry, 'id') !== undefined },
      around,
      change,
      { now: timestamp(this.#now()) },
    );
    if (text === undefined) return result;
    const before = new Set(task.dependencies);
    const added = (result.task.dependencies ?? []).filter((one) => !before.has(one));
    await this.#stubs.look((snapshot) => this.#assertDependencies(snapshot, id, added));
    const marker = markerOf(name);
    await replaceFile(marker, '');
    const isWritten = await writeEntryFile(file, text).catch(async (error: unknown) => {
      await removeFile(marker);
      throw error;
    });
    if (isWritten) await this.#mirror(id, result.task.entry);
    await removeFile(marker);
    return isWritten ? result : undefined;
  }

  async create(task: NewTask): Promise<{ task: Task; created: boolean }> {
    const isFolder = await this.#stubs.look(async (snapshot) => {
      return (await snapshot.index()).count === 0 || (await this.#someFiles(snapshot)).length > 0;
    });
    if (!isFolder) return this.#stubs.create(task);
    const written: { entry?: JsonObject } = {};
    const result = await this.#stubs.createWith(
      task,
      { isStub: true, findOpen: (snapshot, cause) => this.#openTaskOf(snapshot, cause) },
      async (id, snapshot) => {
        const name = entryFileName(this.#index, String(id));
        if (name === undefined) return;
        const { text, entry } = await this.#compose(snapshot, task, id);
        await replaceFile(name, text);
        written.entry = entry;
      },
    );
    if (!written.entry) return result;
    return { ...result, task: readTask(result.task.id, written.entry) };
  }

  async #compose(snapshot: Snapshot, task: NewTask, id: string | bigint) {
    const index = await snapshot.index();
    const model = (await this.#someFiles(snapshot)).at(-1);
    const entry = composeEntry(task, {
      id,
      now: timestamp(this.#now()),
      template: model?.entry ?? plainTemplate,
      wordsFor: (role) => wordsIn(index, role),
      hasNumberId: () => false,
    });
    const text = render(entry, layoutOf(model?.text ?? '{\n  "a": 1\n}'), '');
    return { entry, text: `${model?.before ?? ''}${text}${model?.after ?? '\n'}` };
  }

  /** Completes the stubs of changes that were broken off between file and stub. */
  async completeMarked(): Promise<void> {
    for (const name of await listFolder(path.dirname(this.#index))) {
      const [, id] = /^\.(.+)\.json\.pending$/.exec(name) ?? [];
      const file = id === undefined ? undefined : entryFileName(this.#index, id);
      if (id === undefined || file === undefined) continue;
      const marker = markerOf(file);
      const complete = async () => {
        if (!(await listFolder(path.dirname(file))).includes(path.basename(marker))) return;
        const entry = (await readEntryFile(file))?.entry;
        if (entry) await this.#mirror(id, entry);
        await removeFile(marker);
      };
      // Whoever is at it right now holds the lock, and completes it without us.
      await withFileLock(file, complete, { timeoutMs: 0 }).catch((error: unknown) => {
        if (!(error instanceof DevopsError) || error.code !== 'TASKS_BUSY') throw error;
      });
    }
  }

  /** Makes a stub say what its task's file says. */
  async #mirror(id: string, entry: JsonObject): Promise<void> {
    const { entry: stub } = await this.#stubs.get(id);
    const set: Record<string, unknown> = {};
    for (const role of mirrored) {
      const path = locateField(stub, role);
      const value = readField(entry, role);
      if (!path || value === undefined || jsonEqual(valueAt(stub, path), value)) continue;
      set[path.join('.')] = value;
    }
    await this.#stubs.update(id, { set });
  }

  async #openTaskOf(snapshot: Snapshot, cause: Record<string, string>): Promise<Task | undefined> {
    const index = await snapshot.index();
    for (let row = 0; row < index.count; row += 1) {
      if (isFinished(index.words.textOf(index.status[row] ?? 0))) continue;
      const id = ownIdOf(index, row, index.words);
      const entry = id === undefined ? undefined : (await this.#fileOf(id))?.entry;
      if (!entry || id === undefined || !jsonEqual(readField(entry, 'cause'), cause)) continue;
      if (!isFinished(readTask(id, entry).status)) return readTask(id, entry);
    }
    return undefined;
  }

  async #assertDependencies(snapshot: Snapshot, own: string, added: readonly string[]): Promise<void> {
    const index = await snapshot.index();
    await assertDependencies(snapshot, {
      own,
      tag: undefined,
      added,
      entryOf: async (row) => {
        const id = ownIdOf(index, row, index.words);
        const file = id === undefined ? undefined : await this.#fileOf(id);
        return file?.entry ?? snapshot.entryAt(index.spanOf(row));
      },
    });
  }

  /** Files of the last stubs, in the order of the index. */
  async #someFiles(snapshot: Snapshot): Promise<EntryFile[]> {
    const index = await snapshot.index();
    const files: EntryFile[] = [];
    for (let row = Math.max(0, index.count - neighbourhood); row < index.count; row += 1) {
      const id = ownIdOf(index, row, index.words);
      const file = id === undefined ? undefined : await this.#fileOf(id);
      if (file) files.push(file);
    }
    return files;
  }

  async #fileOf(id: string): Promise<EntryFile | undefined> {
    const name = entryFileName(this.#index, id);
    return name === undefined ? undefined : readEntryFile(name);
  }
}

function markerOf(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.pending`);
}
