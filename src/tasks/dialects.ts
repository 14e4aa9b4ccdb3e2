import { isObject, type JsonObject, valueAt } from './json-values.ts';
import type { Task } from './types.ts';
import { fold } from './words.ts';

/** The names that programs in the wild give to the same facts of a task, in the order in which they are believed. */

export type FieldRole =
  | 'id'
  | 'title'
  | 'description'
  | 'type'
  | 'status'
  | 'priority'
  | 'agent'
  | 'dependencies'
  | 'created'
  | 'updated'
  | 'cause';

export type FieldPath = readonly string[];

const paths: Record<FieldRole, readonly FieldPath[]> = {
  id: [['id'], ['task_id'], ['taskId']],
  title: [['title'], ['name'], ['payload', 'title']],
  description: [['description'], ['payload', 'description']],
  type: [['type'], ['payload', 'type']],
  status: [['status'], ['payload', 'status']],
  priority: [['priority'], ['payload', 'priority']],
  agent: [
    ['agent'],
    ['assigned_to'],
    ['owner'],
    ['role'],
    ['assigned_agent'],
    ['payload', 'agent'],
    ['payload', 'assigned_to'],
  ],
  dependencies: [['dependencies'], ['deps'], ['depends_on'], ['payload', 'dependencies']],
  created: [['created_at'], ['createdAt'], ['created'], ['payload', 'created_at']],
  updated: [['updated_at'], ['updatedAt']],
  cause: [['payload', 'cause'], ['cause']],
};

/** Where this entry keeps a fact: the first of the known places that holds something, else the first that exists. */
export function locateField(entry: JsonObject, role: FieldRole): FieldPath | undefined {
  const existing = paths[role].filter((path) => valueAt(entry, path) !== undefined);
  return existing.find((path) => holdsSomething(valueAt(entry, path))) ?? existing[0];
}

export function readField(entry: JsonObject, role: FieldRole): unknown {
  const path = locateField(entry, role);
  return path === undefined ? undefined : valueAt(entry, path);
}

/** Whether a path is one of those that may name an entry. */
export function isIdPath(path: FieldPath): boolean {
  return paths.id.some(([name]) => path.length === 1 && path[0] === name);
}

function holdsSomething(value: unknown): boolean {
  return value !== null && value !== '';
}

function readWord(entry: JsonObject, role: FieldRole): string | undefined {
  const value = readField(entry, role);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The entry's own id; undefined where it has none. Numbers come as `String` writes them. */
export function readId(entry: JsonObject): string | undefined {
  return readWord(entry, 'id');
}

/** Reads an entry of any dialect. What it lacks is missing, except for the title, which is then empty. */
export function readTask(id: string, entry: JsonObject): Task {
  const task: Task = { id, title: readWord(entry, 'title') ?? '', entry };
  for (const role of ['description', 'type', 'status', 'agent'] as const) {
    const word = readWord(entry, role);
    if (word !== undefined) task[role] = word;
  }
  const priority = readWord(entry, 'priority') ?? scoreOf(entry)?.toString();
  if (priority !== undefined) task.priority = priority;
  const dependencies = readField(entry, 'dependencies');
  if (Array.isArray(dependencies)) task.dependencies = dependencies.flatMap(readDependency);
  return task;
}

/** Dependencies are ids, or objects that name one as shrimp-task-manager writes them (`{"taskId": …}`). */
function readDependency(dependency: unknown): string[] {
  if (typeof dependency === 'string') return [dependency];
  if (typeof dependency === 'number') return [String(dependency)];
  const id = isObject(dependency) ? readId(dependency) : undefined;
  return id === undefined ? [] : [id];
}

const priorityRanks: Readonly<Record<string, number>> = {
  critical: 0,
  urgent: 0,
  p0: 0,
  high: 1,
  p1: 1,
  medium: 2,
  p2: 2,
  low: 3,
  p3: 3,
};
const unratedRank = 2;

/** 0 for the most urgent words, 3 for the least; undefined for a word that is no priority. */
export function priorityRank(word: string): number | undefined {
  const folded = fold(word);
  return Object.hasOwn(priorityRanks, folded) ? priorityRanks[folded] : undefined;
}

/** The rank of an entry's priority; a number is one of P0 to P3. Undefined where it has no known one. */
export function rankOf(entry: JsonObject): number | undefined {
  const priority = readField(entry, 'priority');
  if (typeof priority === 'number') return priorityRank(`P${priority}`);
  return typeof priority === 'string' ? priorityRank(priority) : undefined;
}

/**
 * How soon an entry wants to be done, the smaller the sooner: by its word first, then by its `priority_score`.
 * An entry without a known word counts as medium.
 */
export function urgencyOf(entry: JsonObject): [rank: number, negativeScore: number] {
  return [rankOf(entry) ?? unratedRank, 0 - (scoreOf(entry) ?? 0)];
}

export function scoreOf(entry: JsonObject): number | undefined {
  const score = valueAt(entry, ['priority_score']);
  return typeof score === 'number' && Number.isFinite(score) ? score : undefined;
}
