import { DevopsError } from '../errors.ts';
import { readTask } from './dialects.ts';
import { isObject, type JsonObject } from './json-values.ts';
import { hasDependencies } from './scan/columns.ts';
import { ownIdOf } from './selection.ts';
import type { Snapshot } from './snapshot.ts';
import type { TaskIndex } from './task-index.ts';
import type { Task } from './types.ts';
import { isDone } from './words.ts';

/** What a task waits for. */
export interface Readiness {
  /** Whether every dependency is done. */
  ready: boolean;
  /** The dependencies that are not, as the task names them; an unknown one is never done. */
  waitingFor: string[];
}

/** Whether the dependencies of a task are done. @param tag of the list that the task is in */
export async function readinessOf(
  snapshot: Snapshot,
  task: Task,
  tag: string | undefined,
): Promise<Readiness> {
  const index = await snapshot.index();
  const waitingFor: string[] = [];
  for (const name of task.dependencies ?? []) {
    const row = rowOf(index, name, tag);
    const status = row === undefined ? await subtaskStatus(snapshot, index, name, tag) : statusOf(index, row);
    if (!isDone(status)) waitingFor.push(name);
  }
  return { ready: waitingFor.length === 0, waitingFor };
}

/**
 * Refuses dependencies of a task that name no task, or that wait for the task itself.
 * @throws DEPENDENCY_UNKNOWN, DEPENDENCY_CYCLE
 */
export async function assertDependencies(
  snapshot: Snapshot,
  { own, tag, added, entryOf }: NewDependencies,
): Promise<void> {
  if (added.length === 0) return;
  const index = await snapshot.index();
  for (const name of added) {
    if (name === own) throw cycle([own, own]);
    const row = rowOf(index, name, tag);
    if (row === undefined && (await subtaskStatus(snapshot, index, name, tag)) === undefined) {
      throw new DevopsError(
        'DEPENDENCY_UNKNOWN',
        `"${name}" names no task, so nothing can depend on it; nothing was written`,
        {
          remedy: 'List the tasks with filterTasks and use an id from there, or create that task first.',
        },
      );
    }
    if (row === undefined) continue;
    const readEntry = entryOf ?? ownEntryReader(snapshot, index);
    await assertNoWayBack(index, readEntry, { own, tag, from: row });
  }
}

export interface NewDependencies {
  /** The id of the task as its list spells it. */
  own: string;
  tag: string | undefined;
  added: readonly string[];
  /** Reads the entry of a row; by default from the snapshot. */
  entryOf?: (row: number) => Promise<JsonObject>;
}

/** Entries that name no dependencies are not worth reading. */
function ownEntryReader(snapshot: Snapshot, index: TaskIndex): (row: number) => Promise<JsonObject> {
  return async (row) => {
    const isWorthwhile = ((index.flags[row] ?? 0) & hasDependencies) !== 0;
    return isWorthwhile ? snapshot.entryAt(index.spanOf(row)) : {};
  };
}

/** Walks what a task depends on, and what that depends on; each is read once. */
async function assertNoWayBack(
  index: TaskIndex,
  entryOf: (row: number) => Promise<JsonObject>,
  { own, tag, from }: { own: string; tag: string | undefined; from: number },
): Promise<void> {
  const cameFrom = new Map<number, number | undefined>([[from, undefined]]);
  const open = [from];
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    const { dependencies = [] } = readTask('', await entryOf(row));
    const ownTag = index.listOf(row)?.tag;
    for (const name of dependencies) {
      if (name === own && ownTag === tag) throw cycle([own, ...wayTo(index, cameFrom, row), own]);
      const next = rowOf(index, name, ownTag);
      if (next === undefined || cameFrom.has(next)) continue;
      cameFrom.set(next, row);
      open.push(next);
    }
  }
}

function wayTo(index: TaskIndex, cameFrom: ReadonlyMap<number, number | undefined>, row: number): string[] {
  const way: string[] = [];
  for (let at: number | undefined = row; at !== undefined; at = cameFrom.get(at)) {
    way.unshift(ownIdOf(index, at, index.words) ?? '?');
  }
  return way;
}

/** Within a list first: that is what a task means that says "3". */
function rowOf(index: TaskIndex, name: string, tag: string | undefined): number | undefined {
  const rows = index.rowsNamed(name);
  return rows.find((row) => index.listOf(row)?.tag === tag) ?? rows[0];
}

function statusOf(index: TaskIndex, row: number): string {
  return index.words.textOf(index.status[row] ?? 0);
}

/** task-master's subtasks are named by their task: `12.3`. Undefined where there is none of that name. */
async function subtaskStatus(
  snapshot: Snapshot,
  index: TaskIndex,
  name: string,
  tag: string | undefined,
): Promise<string | undefined> {
  const [, parent, child] = /^(\d+)\.(\d+)$/.exec(name) ?? [];
  const row = parent === undefined ? undefined : rowOf(index, parent, tag);
  if (row === undefined) return undefined;
  const { subtasks } = await snapshot.entryAt(index.spanOf(row));
  const subtask = Array.isArray(subtasks)
    ? subtasks.find((one) => isObject(one) && String(one.id) === child)
    : undefined;
  return subtask === undefined ? undefined : String(subtask.status ?? '');
}

function cycle(way: readonly string[]): DevopsError {
  return new DevopsError(
    'DEPENDENCY_CYCLE',
    `the tasks would wait for each other: ${way.join(' -> ')}; nothing was written`,
    {
      remedy: 'Leave out the dependency, or remove one of the others on that way first.',
    },
  );
}
