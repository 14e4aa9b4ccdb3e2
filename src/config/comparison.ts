import canonicalize from 'canonicalize';
import { cleanLine } from '../evidence/untrusted.ts';

/**
 * Rules for comparing two values of a policy, and how they are put together. Every rule says what differs and whether
 * the later value may demand less than the earlier one. What a rule does not understand counts as weaker. Pure.
 */

/** One difference between two policies. */
export interface Change {
  /** `environments.production.gate.unit` */
  place: string;
  /** For people, on one line: `100% became >= 80%`. */
  what: string;
  /** Whether the later value is not provably at least as strong. */
  weaker: boolean;
}

/** Compares the value at a place; undefined stands for one that is not there. */
export type Rule = (before: unknown, after: unknown, place: string) => Change[];
/** Writes a value for people. */
export type Format = (value: unknown) => string;

/** Any difference counts as weaker: the rule for everything that no other rule knows. */
export const same: Rule = differing(true, showValue);

/** A difference is told and never counts as weaker. */
export const free: Rule = differing(false, showValue);

/** The same as `same`, written in another way. */
export function sameWritten(format: Format): Rule {
  return differing(true, format);
}

/** A number of which less is at least as strong. */
export function atMost(format: Format = showValue): Rule {
  return ordered((before, after) => after <= before, format);
}

/** A number of which more is at least as strong. */
export function atLeast(format: Format = showValue): Rule {
  return ordered((before, after) => after >= before, format);
}

/** One of a few words, from the strongest to the weakest. */
export function ranked(words: readonly (readonly string[])[]): Rule {
  const rankOf = (value: unknown) => words.findIndex((alike) => alike.some((word) => word === value));
  return (before, after, place) => {
    const [from, to] = [rankOf(before), rankOf(after)];
    return differing(from < 0 || to < 0 || to > from, showValue)(before, after, place);
  };
}

/** Something that demands: added it is stronger, removed weaker; there on both sides, the inner rule says. */
export function demanded(rule: Rule, format: Format = showValue): Rule {
  return present(rule, (_, after) => after === undefined, format);
}

/** Something that allows: added it is weaker, removed stronger; there on both sides, the inner rule says. */
export function permitted(rule: Rule, format: Format = showValue): Rule {
  return present(rule, (before) => before === undefined, format);
}

/** A mapping that comes in kinds: those of another kind cannot be compared. */
export function ofOneKind(rule: Rule): Rule {
  return (before, after, place) =>
    isMapping(before) && isMapping(after) && before.kind === after.kind
      ? rule(before, after, place)
      : same(before, after, place);
}

/** A mapping, key by key. A key without a rule of its own follows `rest`: unless that says otherwise, it must not change. */
export function fields(rules: Readonly<Record<string, Rule>>, rest: Rule = same): Rule {
  return (before, after, place) => {
    if (!isMapping(before) || !isMapping(after)) return same(before, after, place);
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
      const rule = own(rules, key) ?? rest;
      return rule(own(before, key), own(after, key), place === '' ? key : `${place}.${key}`);
    });
  };
}

/** A list whose order means nothing. A missing one is empty. */
export function eachOf(
  weaker: { added: boolean | ((one: unknown, before: readonly unknown[]) => boolean); removed: boolean },
  format: Format = showValue,
): Rule {
  const { added, removed } = weaker;
  return (before = [], after = [], place) => {
    if (!Array.isArray(before) || !Array.isArray(after)) return same(before, after, place);
    const approved = before as readonly unknown[];
    return [
      ...missingIn(after, before).map((one) =>
        describeChange({ before: one, after: undefined, place }, { weaker: removed, format }),
      ),
      ...missingIn(before, after).map((one) =>
        describeChange(
          { before: undefined, after: one, place },
          { weaker: typeof added === 'boolean' ? added : added(one, approved), format },
        ),
      ),
    ];
  };
}

function missingIn(list: readonly unknown[], wanted: readonly unknown[]): unknown[] {
  const texts = new Set(list.map(textOf));
  return wanted.filter((one) => !texts.has(textOf(one)));
}

/** Puts a difference into words. */
export function describeChange(
  { before, after, place }: { before: unknown; after: unknown; place: string },
  { weaker, format = showValue }: { weaker: boolean; format?: Format },
): Change {
  if (before === undefined) return { place, what: `${cut(format(after))} was added`, weaker };
  if (after === undefined) return { place, what: `${cut(format(before))} was removed`, weaker };
  const [was, is] = [format(before), format(after)];
  const from = beginOfDifference(was, is);
  return { place, what: `${cut(was, from)} became ${cut(is, from)}`, weaker };
}

export function isEqual(one: unknown, other: unknown): boolean {
  return textOf(one) === textOf(other);
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value under a key of the mapping itself: `constructor` is a name like any other. */
export function own<T>(mapping: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** Plain words as they are, everything else as JSON. */
export function showValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.$/:@%+-]+$/.test(value)) return value;
  return textOf(value);
}

function differing(weaker: boolean, format: Format): Rule {
  return (before, after, place) =>
    isEqual(before, after) ? [] : [describeChange({ before, after, place }, { weaker, format })];
}

function ordered(holds: (before: number, after: number) => boolean, format: Format): Rule {
  return (before, after, place) => {
    const holdsHere = typeof before === 'number' && typeof after === 'number' && holds(before, after);
    return differing(!holdsHere, format)(before, after, place);
  };
}

function present(rule: Rule, isWeaker: (before: unknown, after: unknown) => boolean, format: Format): Rule {
  return (before, after, place) =>
    before === undefined || after === undefined
      ? differing(isWeaker(before, after), format)(before, after, place)
      : rule(before, after, place);
}

function textOf(value: unknown): string {
  return canonicalize(value) ?? 'nothing';
}

const longest = 160;
/** So much of what is alike stands before the first difference of two long texts. */
const leadIn = 20;

/** What differs must be in sight, however long what stands before it. */
function beginOfDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return Math.max(one.length, other.length) > longest ? Math.max(0, at - leadIn) : 0;
}

function cut(text: string, from = 0): string {
  const shown = cleanLine(text.slice(from, from + longest));
  const more = text.length - from - longest;
  return `${from > 0 ? '…' : ''}${shown}${more > 0 ? `… (+${more} characters)` : ''}`;
}
