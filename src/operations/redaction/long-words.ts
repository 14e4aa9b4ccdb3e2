import { shortestToken, tokenCharacters } from './shapes.ts';

/** Where the words are that are long enough for a token. Pure. */

const isOfToken = Uint8Array.from({ length: 128 }, (_, code) =>
  tokenCharacters.test(String.fromCharCode(code)) ? 1 : 0,
);
const belongs = (text: string, at: number) => isOfToken[text.charCodeAt(at)] === 1;

/** Looks at every twentieth character alone until one is of a word: no long word lies between two of them. */
export function* longWords(text: string): Generator<[start: number, end: number]> {
  let before = 0;
  for (let at = shortestToken - 1; at < text.length; at += shortestToken) {
    if (!belongs(text, at)) continue;
    let start = at;
    while (start > before && belongs(text, start - 1)) start -= 1;
    let end = at + 1;
    while (end < text.length && belongs(text, end)) end += 1;
    if (end - start >= shortestToken) yield [start, end];
    before = end;
    at = end;
  }
}
