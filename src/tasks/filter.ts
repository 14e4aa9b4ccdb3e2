import { type BoardEntry, isNamed } from './board.ts';
import { priorityRank, rankOf } from './dialects.ts';
import type { TaskFilter } from './types.ts';
import { matchesGlob } from './words.ts';

type Test<Value> = (value: Value) => boolean;
type Pattern = string | readonly string[] | undefined;

/**
 * Which entries a filter lets through.
 *
 * Patterns are lists or `|` alternatives of globs; `*` is any value, also none. What is empty restricts nothing.
 * Words are compared without case, and `in-progress` is `in_progress`. A priority also matches by its rank:
 * `critical`, `urgent` and `P0` are one.
 */
export function testOf(filter: TaskFilter): Test<BoardEntry> {
  const agent = wordTest(filter.agent);
  const type = wordTest(filter.type);
  const status = wordTest(filter.status);
  const priority = priorityTest(filter.priority);
  const text = textTest(filter.text);
  const name = nameTest(filter.ids);
  return (entry) => {
    const { task } = entry;
    return (
      name(entry) &&
      agent(task.agent) &&
      type(task.type) &&
      status(task.status) &&
      priority(entry) &&
      (text(task.title) || text(task.description ?? ''))
    );
  };
}

function alternativesOf(pattern: Pattern): string[] {
  const patterns = typeof pattern === 'string' ? [pattern] : (pattern ?? []);
  return patterns.flatMap((one) => one.split('|').map((word) => word.trim())).filter((word) => word !== '');
}

function wordTest(pattern: Pattern): Test<string | undefined> {
  const globs = alternativesOf(pattern);
  if (globs.length === 0 || globs.includes('*')) return () => true;
  return (word) => word !== undefined && globs.some((glob) => matchesGlob(glob, word));
}

function priorityTest(pattern: Pattern): Test<BoardEntry> {
  const word = wordTest(pattern);
  const ranks = new Set(alternativesOf(pattern).flatMap((alternative) => priorityRank(alternative) ?? []));
  return ({ task }) => word(task.priority) || ranks.has(rankOf(task.entry) ?? Number.NaN);
}

function textTest(text = ''): Test<string> {
  const wanted = text.toLowerCase();
  return (field) => field.toLowerCase().includes(wanted);
}

function nameTest(ids: readonly string[] = []): Test<BoardEntry> {
  return (entry) => ids.length === 0 || ids.some((id) => isNamed(entry, id));
}
