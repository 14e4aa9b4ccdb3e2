import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { versionNow } from '../platform/file-version.ts';
import type { OpenedFile } from '../platform/opened-file.ts';
import { Draft, type Splice, spliceFile } from '../platform/spliced-file.ts';
import { changeEntry } from './change.ts';
import { type Making, planTask } from './create.ts';
import { assertDependencies } from './dependencies.ts';
import { type FileSettings, fileFailed, TaskFile } from './file.ts';
import type { Span } from './found-entry.ts';
import type { JsonObject } from './json-values.ts';
import type { Snapshot } from './snapshot.ts';
import type { TaskIndex } from './task-index.ts';
import type { NewTask, Task, TaskBoard, TaskChange } from './types.ts';

/** So many entries on either side show how a file is written. */
const neighbourhood = 50;
const neighbourhoodBytes = 1 << 20;

export interface BoardSettings extends FileSettings {
  file: string;
  now: () => Date;
  /** Called when new bytes are on their way to the disk, which takes a while. */
  whileWriting?: () => void;
}

/** A board in one file, as a layout of several files builds on it. */
export interface FileBoard extends TaskBoard {
  /**
   * As `create`, with a say in how.
   * @param beforeWrite called when the id is known, before the entry is written and while no other writer of ours is
   */
  createWith(
    task: NewTask,
    making: Pick<Making, 'findOpen' | 'isStub'>,
    beforeWrite: (id: string | bigint, snapshot: Snapshot) => Promise<void>,
  ): Promise<{ task: Task; created: boolean }>;
  /** Works on what the file holds. */
  look<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>;
}

/** What is to be written, what the caller is told, and how an index of the file is brought up to date. */
interface Plan<Result> {
  result: Result;
  write?: Splice & { patch(index: TaskIndex): boolean };
}

/**
 * The task board in a file that other programs and people also edit. Writers of ours take turns; a program that knows
 * nothing of our lock is noticed by the file's version just before the file is replaced, and the change is then made
 * again to what that program wrote.
 */
export function openFileBoard(settings: BoardSettings): FileBoard {
  const { file, now, whileWriting } = settings;
  const tasks = new TaskFile(file, settings);
  return {
    filter: (filter) =>
      tasks.read(async (snapshot) => {
        const found = await snapshot.find(filter);
        const { total, nextCursor } = found;
        const page = { tasks: await snapshot.tasksOf(found, filter), total };
        return nextCursor === undefined ? page : { ...page, nextCursor };
      }),
    get: (id) => tasks.read(async (snapshot) => (await snapshot.named(id)).task),
    update: (id, change) =>
      rewrite(tasks, (snapshot) => planChange(snapshot, id, change, timestamp(now())), whileWriting),
    create(newTask) {
      const freshUuid = crypto.randomUUID();
      return rewrite(
        tasks,
        (snapshot) => planCreation(snapshot, newTask, { now: timestamp(now()), freshUuid }),
        whileWriting,
      );
    },
    createWith(newTask, making, beforeWrite) {
      const freshUuid = crypto.randomUUID();
      return rewrite(
        tasks,
        (snapshot) =>
          planCreation(snapshot, newTask, { ...making, now: timestamp(now()), freshUuid }, beforeWrite),
        whileWriting,
      );
    },
    look: (work) => tasks.read(work),
  };
}

async function planChange(
  snapshot: Snapshot,
  id: string,
  change: TaskChange,
  now: string,
): Promise<Plan<{ task: Task; changedFields: string[] }>> {
  const { row, task, neighbours, statuses } = await snapshot.inPlace(id, neighbourhood);
  const own = { task, text: await snapshot.textAt(row), hasId: row.ownId !== undefined };
  const around = {
    neighbours: await entriesOf(snapshot, neighbours),
    statuses,
    isTagged: row.tag !== undefined,
  };
  const { text, ...result } = changeEntry(own, around, change, { now });
  if (text === undefined) return { result };
  const before = new Set(task.dependencies);
  const added = (result.task.dependencies ?? []).filter((name) => !before.has(name));
  await assertDependencies(snapshot, { own: row.ownId ?? '', tag: row.tag, added });
  const { start, end } = row;
  const content = new TextEncoder().encode(text);
  const patch = (patched: TaskIndex) => {
    const at = patched.rowAt(start);
    patched.replace(at, { end, length: content.length });
    patched.refill(at, result.task.entry, text);
    return true;
  };
  return { result, write: { start, end, content, patch } };
}

async function planCreation(
  snapshot: Snapshot,
  newTask: NewTask,
  making: Making,
  beforeWrite?: (id: string | bigint, snapshot: Snapshot) => Promise<void>,
): Promise<Plan<{ task: Task; created: boolean }>> {
  const { insertion, id, ...result } = await planTask(snapshot, newTask, making);
  if (!insertion) return { result };
  if (id !== undefined) await beforeWrite?.(id, snapshot);
  const { at, before, entry, after, list } = insertion;
  const [ahead, own] = [before, entry].map((text) => new TextEncoder().encode(text).length) as [
    number,
    number,
  ];
  const content = new TextEncoder().encode(before + entry + after);
  const patch = (index: TaskIndex) => {
    // A row in the midst of the columns would move all that follow: then the file is read anew.
    if (index.lists.length > 1) return false;
    index.append(list, { start: at + ahead, end: at + ahead + own, length: content.length });
    index.refill(index.count - 1, result.task.entry, entry);
    return true;
  };
  return { result, write: { start: at, end: at, content, patch } };
}

/** The entries around one, as far as they are not too much to read. */
async function entriesOf(snapshot: Snapshot, spans: readonly Span[]): Promise<JsonObject[]> {
  const entries: JsonObject[] = [];
  let bytes = 0;
  for (const span of spans) {
    bytes += span.end - span.start;
    if (bytes < neighbourhoodBytes) entries.push(await snapshot.entryAt(span));
  }
  return entries;
}

/** Replaces the file by what `plan` makes of its newest version, unless it makes nothing. */
async function rewrite<Result>(
  tasks: TaskFile,
  plan: (snapshot: Snapshot) => Promise<Plan<Result>>,
  whileWriting: BoardSettings['whileWriting'],
): Promise<Result> {
  const file = tasks.name;
  await tasks.assertExists();
  return withFileLock(file, async () => {
    const deadlineMs = performance.now() + tasks.patienceMs;
    do {
      let draft: Draft | undefined;
      const planWithDraft = async (snapshot: Snapshot) => {
        await draft?.discard();
        // Without an index, all of the file is read first: time in which it can be copied as well.
        draft = snapshot.isIndexed ? undefined : await Draft.begin(file, snapshot.source.size);
        return plan(snapshot);
      };
      try {
        const outcome = await tasks.readThen(planWithDraft, async ({ result, write }, version) => ({
          result,
          isDone: !write || (await replace(tasks, version, write, { draft, whileWriting })),
        }));
        if (outcome.isDone) return outcome.result;
      } finally {
        await draft?.discard();
      }
    } while (performance.now() < deadlineMs);
    throw new DevopsError('TASKS_BUSY', `another program keeps rewriting ${file}; nothing was written`, {
      remedy: 'Try again when it is done.',
    });
  });
}

async function replace(
  tasks: TaskFile,
  { snapshot, opened }: { snapshot: Snapshot; opened: OpenedFile },
  { patch, ...splice }: NonNullable<Plan<unknown>['write']>,
  { draft, whileWriting }: { draft: Draft | undefined; whileWriting: BoardSettings['whileWriting'] },
): Promise<boolean> {
  const file = tasks.name;
  // Asked after the new bytes are safe on disk, so that only the rename itself is left to race with.
  const onlyIf = () => versionNow(file) === opened.version;
  const replacing = spliceFile(file, opened, splice, { draft, onlyIf }).catch((error: unknown) => {
    throw fileFailed('write', file, error);
  });
  whileWriting?.();
  const replaced = await replacing;
  if (!replaced) return false;
  const index = snapshot.isIndexed ? await snapshot.index() : undefined;
  tasks.keep(index && patch(index) ? { ...replaced, index } : undefined);
  return true;
}
