import { priorityRank } from './dialects.ts';
import { hasId, hasScore, takeIdApart } from './scan/columns.ts';
import type { Words } from './scan/words.ts';
import type { RowView } from './task-index.ts';
import type { TaskFilter } from './types.ts';
import { matchesGlob } from './words.ts';

/** Says of rows whether a filter lets them through. `tag` is that of the list, where it has one. */
export type RowTest = (view: RowView, row: number, tag: string | undefined) => boolean;

type Pattern = string | readonly string[] | undefined;

/** How urgent a task without a known priority counts as: like medium. */
export const unratedRank = 2;

/**
 * Which rows a filter lets through, as far as columns tell; `text` they do not.
 *
 * Patterns are lists or `|` alternatives of globs; `*` is any value, also none. What is empty restricts nothing.
 * Words are compared without case, and `in-progress` is `in_progress`. A priority also matches by its rank:
 * `critical`, `urgent` and `P0` are one.
 */
export function rowTestOf(filter: TaskFilter, words: Words): RowTest {
  const agent = codeTest(filter.agent, words);
  const type = codeTest(filter.type, words);
  const status = codeTest(filter.status, words);
  const priority = priorityTest(filter.priority, words);
  const name = nameTest(filter.ids ?? [], words);
  return (view, row, tag) =>
    status(view.status[row] ?? 0) &&
    type(view.type[row] ?? 0) &&
    agent(view.agent[row] ?? 0) &&
    priority(view, row) &&
    name(view, row, tag);
}

/** Case-insensitive search in a task's title and description. */
export function textTestOf(text: string): (title: string, description: string) => boolean {
  const wanted = text.toLowerCase();
  return (title, description) =>
    title.toLowerCase().includes(wanted) || description.toLowerCase().includes(wanted);
}

/** How urgent a word makes a task, the smaller the sooner; a number is one of P0 to P3. Each word is judged once. */
export function rankingOf(words: Words): (code: number) => number | undefined {
  const ranks: (number | undefined)[] = [undefined];
  return (code) => {
    if (code < ranks.length) return ranks[code];
    for (let next = ranks.length; next <= code; next += 1) {
      ranks[next] = priorityRank(words.isNumber(next) ? `P${words.textOf(next)}` : words.textOf(next));
    }
    return ranks[code];
  };
}

function alternativesOf(pattern: Pattern): string[] {
  const patterns = typeof pattern === 'string' ? [pattern] : (pattern ?? []);
  return patterns.flatMap((one) => one.split('|').map((word) => word.trim())).filter((word) => word !== '');
}

/** Judges each word once, whatever number of tasks has it. */
function codeTest(pattern: Pattern, words: Words): (code: number) => boolean {
  const globs = alternativesOf(pattern);
  if (globs.length === 0 || globs.includes('*')) return () => true;
  const verdicts: (boolean | undefined)[] = [false];
  return (code) => {
    const known = verdicts[code];
    if (known !== undefined) return known;
    const word = words.textOf(code);
    const verdict = globs.some((glob) => matchesGlob(glob, word));
    verdicts[code] = verdict;
    return verdict;
  };
}

function priorityTest(pattern: Pattern, words: Words): (view: RowView, row: number) => boolean {
  const globs = alternativesOf(pattern);
  if (globs.length === 0 || globs.includes('*')) return () => true;
  const isWanted = codeTest(pattern, words);
  const wantedRanks = new Set(globs.flatMap((glob) => priorityRank(glob) ?? []));
  const rankOf = rankingOf(words);
  return (view, row) => {
    const code = view.priority[row] ?? 0;
    if (code !== 0) return isWanted(code) || wantedRanks.has(rankOf(code) ?? Number.NaN);
    if (((view.flags[row] ?? 0) & hasScore) === 0) return false;
    const score = String(view.score[row]);
    return globs.some((glob) => matchesGlob(glob, score));
  };
}

/** Names as tasks go by: their own id, with or without the tag of their list, or `#7`, the place in the file. */
export function nameTest(names: readonly string[], words: Words): RowTest {
  if (names.length === 0) return () => true;
  const wanted = names.flatMap((name) => {
    const places = /^#(\d+)$/.exec(name);
    const own = { ...takeIdApart(name), tag: undefined, position: Number(places?.[1] ?? Number.NaN) };
    const tagged = [...name.matchAll(/\//g)].map(({ index }) => ({
      ...takeIdApart(name.slice(index + 1)),
      tag: name.slice(0, index),
      position: Number.NaN,
    }));
    return [own, ...tagged];
  });
  return (view, row, tag) =>
    wanted.some((name) => {
      if (((view.flags[row] ?? 0) & hasId) === 0) return view.position[row] === name.position;
      return (
        view.idNumber[row] === name.number &&
        view.idDigits[row] === name.digits &&
        (name.tag === undefined || name.tag === tag) &&
        words.textOf(view.idStem[row] ?? 0) === name.stem
      );
    });
}
