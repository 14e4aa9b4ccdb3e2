import { type FieldRole, locateField, priorityRank, readField } from './dialects.ts';
import { isObject, type JsonObject, valueAt } from './json-values.ts';
import { pendingStatus, spellPriority, spellStatus, spellWord } from './spelling.ts';
import { arrangeLike, placeIn } from './template.ts';
import { timestampLike } from './timestamps.ts';
import type { NewTask } from './types.ts';

export type WordRole = 'type' | 'status' | 'agent' | 'priority';

/** What a new entry is made with. */
export interface Making {
  id: string | bigint;
  /** ISO 8601 UTC. */
  now: string;
  /** The entry it is shaped after. */
  template: JsonObject;
  /** The words that the file uses for a fact. */
  wordsFor(role: WordRole): readonly string[];
  /** Whether the task with this id spells it as a number. */
  hasNumberId(id: string): boolean;
  /** Keep to what the template tells. */
  isStub?: boolean;
}

/** The fields of a new entry, with the names, the order and the spellings of the entries around it. */
export function composeEntry(task: NewTask, making: Making): JsonObject {
  const { id, now, template, wordsFor } = making;
  const facts: Partial<Record<FieldRole, unknown>> = {
    id,
    title: task.title,
    description: task.description,
    type: spellWord(task.type, wordsFor('type')),
    status:
      task.status === undefined
        ? pendingStatus(wordsFor('status'))
        : spellStatus(task.status, wordsFor('status')),
    agent: spellWord(task.agent, wordsFor('agent')),
    priority: priorityLike(readField(template, 'priority'), task.priority, wordsFor('priority')),
    cause: task.cause,
  };
  if (task.dependencies || locateField(template, 'dependencies')) {
    const sample = readField(template, 'dependencies');
    facts.dependencies = (task.dependencies ?? []).map((on) => dependencyLike(sample, on, making));
  }
  for (const role of ['created', 'updated'] as const) {
    if (locateField(template, role)) facts[role] = timestampLike(readField(template, role), now);
  }
  const fields: Record<string, unknown> = {};
  for (const [role, value] of Object.entries(facts)) {
    if (making.isStub && !locateField(template, role as FieldRole)) continue;
    if (value !== undefined) put(fields, placeIn(template, role as FieldRole), value);
  }
  if (typeof valueAt(template, ['result', 'message']) === 'string') put(fields, ['result', 'message'], '');
  return arrangeLike(template, fields);
}

function priorityLike(sample: unknown, priority: string, known: readonly string[]): string | number {
  const rank = priorityRank(priority);
  return typeof sample === 'number' && rank !== undefined ? rank : spellPriority(priority, known);
}

/** A dependency in the type and form that the file refers to tasks in. */
function dependencyLike(sample: unknown, id: string, { hasNumberId }: Making): unknown {
  const [first] = Array.isArray(sample) ? sample : [];
  if (isObject(first)) {
    const name = locateField(first, 'id')?.[0];
    if (name !== undefined) return { [name]: id };
  }
  return hasNumberId(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id;
}

function put(fields: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) {
    fields[name] = value;
    return;
  }
  const inner = isObject(fields[name]) ? { ...fields[name] } : {};
  put(inner, rest, value);
  fields[name] = inner;
}
