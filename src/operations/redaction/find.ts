import { assignedSecrets } from './assigned.ts';
import { keep, type Span } from './keep.ts';
import type { KnownValues } from './known-values.ts';
import { longWords } from './long-words.ts';
import { addressShapes, telegramBot, tokenMark, tokenShapes } from './shapes.ts';
import { findAcrossUnseen } from './unseen.ts';

/** Where secrets are in a text. None of what is found here goes over a line end. Pure. */

const shapes = new RegExp(Object.values(tokenShapes).join('|'), 'g');
const context = 12;

export function findSecrets(text: string, known: KnownValues): Span[] {
  return merged([
    ...findWhole(text, known),
    ...findAcrossUnseen(text, (line) => merged(findWhole(line, known))),
  ]);
}

function findWhole(text: string, known: KnownValues): Span[] {
  const spans: Span[] = [];
  known.find(text, spans);
  // A long word is looked at closely; most texts have few, and one simple pattern finds them.
  for (const [start, end] of longWords(text)) {
    if (!tokenMark.test(text.slice(start, end))) continue;
    const from = Math.max(0, start - context); // what stands before decides whether a word begins here
    const part = text.slice(from, end);
    shapes.lastIndex = 0;
    for (let found = shapes.exec(part); found; found = shapes.exec(part))
      spans.push([from + found.index, from + found.index + found[0].length]);
  }
  if (text.includes('://') || text.includes('hooks'))
    for (const shape of addressShapes) keep(text, shape, spans);
  if (text.includes(':AA')) {
    for (const { index, 0: found } of text.matchAll(telegramBot)) spans.push([index, index + found.length]);
  }
  spans.push(...assignedSecrets(text));
  return spans;
}

/** Ordered, without overlaps. */
export function merged(spans: Span[]): Span[] {
  const result: Span[] = [];
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = result.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

const instead = '[redacted]';

export function without(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let clean = '';
  let at = 0;
  for (const [start, end] of spans) {
    clean += text.slice(at, start) + instead;
    at = end;
  }
  return clean + text.slice(at);
}
