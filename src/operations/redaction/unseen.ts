import type { Span } from './keep.ts';

/**
 * What stands in a text and is not seen: escape sequences, and signs without a width. They are taken out before a text
 * is shown, so a secret that they part must be found as if they were gone. Pure.
 */

/** The second half as UTF-8 has them, one character for each byte. */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
  /\u001B(?:\[[0-?]{0,40}[ -/]{0,8}[@-~]|[@-Z\\^_])|[\u200B-\u200F\u2060-\u2064\uFEFF]|\u00E2\u0080[\u008B-\u008F]|\u00E2\u0081[\u00A0-\u00A4]|\u00EF\u00BB\u00BF/g;

const wide = /[\u200b-\u200f\u2060-\u2064\ufeff]/;

/** What `find` finds in lines without what is not seen, where it goes over such a place. */
export function findAcrossUnseen(text: string, find: (line: string) => Span[]): Span[] {
  if (!mayHave(text)) return [];
  const spans: Span[] = [];
  unseen.lastIndex = 0;
  for (let found = unseen.exec(text); found; found = unseen.exec(text)) {
    const start = text.lastIndexOf('\n', found.index) + 1;
    const lineEnd = text.indexOf('\n', found.index);
    const end = lineEnd === -1 ? text.length : lineEnd;
    unseen.lastIndex = 0; // matchAll would go on from there
    for (const [from, to] of inLine(text.slice(start, end), find)) spans.push([start + from, start + to]);
    unseen.lastIndex = end;
  }
  return spans;
}

/** Most texts have none, and are told apart by searches that cost next to nothing. */
function mayHave(text: string): boolean {
  return (
    ['\u001b', '\u00e2\u0080', '\u00e2\u0081', '\u00ef\u00bb'].some((mark) => text.includes(mark)) ||
    wide.test(text)
  );
}

function inLine(line: string, find: (line: string) => Span[]): Span[] {
  // Where each part that is seen begins: in what is left, and in the line.
  const parts: [seenAt: number, at: number][] = [];
  let seen = '';
  let at = 0;
  for (const { index, 0: found } of line.matchAll(unseen)) {
    if (index > at) parts.push([seen.length, at]);
    seen += line.slice(at, index);
    at = index + found.length;
  }
  if (at < line.length) parts.push([seen.length, at]);
  seen += line.slice(at);
  if (parts.length < 2) return [];
  return find(seen).flatMap(([from, to]): Span[] => {
    const [first, last] = [placeOf(from, parts), placeOf(to - 1, parts) + 1];
    return last - first > to - from ? [[first, last]] : [];
  });
}

function placeOf(seenAt: number, parts: readonly [number, number][]): number {
  const [start, at] = parts.findLast(([begins]) => begins <= seenAt) ?? [0, 0];
  return at + seenAt - start;
}
