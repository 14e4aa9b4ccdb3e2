import { maxMessageLength } from './types.ts';

/**
 * Text out of reports is written by whoever wrote the code under test. It is shown to people on terminals and to
 * models, so everything that could move a cursor, reverse the reading direction or hide a message is taken out.
 */

// CSI and OSC sequences and two-character escapes (ECMA-48), with their parameters.
const escapeSequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])/g;

// Control characters except tab and newline; bidirectional controls; what has no width (a word with such a sign in it
// looks like another word); byte order marks; Unicode tag characters, which are invisible and readable for models.
const invisible =
  /(?![\t\n])\p{Cc}|[\u061C\u180E\u202A-\u202E\u2060-\u2069\uFEFF]|[\u200B-\u200F]|[\u{E0000}-\u{E007F}]/gu;

const separators = /\r\n?|[\u2028\u2029]/g;

/** What is left of a text of others without anything that acts on a terminal or hides from a reader. */
export function visible(text: string): string {
  return withoutInvisible(text.replace(escapeSequences, '').replace(separators, '\n'));
}

/** The same for a text whose escape sequences and line ends are dealt with elsewhere. */
export function withoutInvisible(text: string): string {
  return text.replace(invisible, '');
}

/** Several lines of untrusted text, safe to show, cut to `maxMessageLength` characters. */
export function cleanText(text: string): string {
  // Escapes only ever shorten the text; a bounded slice keeps a 100 MB message from being searched whole.
  return cut(visible(text.slice(0, maxMessageLength * 8)).trim(), maxMessageLength);
}

/** The same on one line, for names. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ');
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  // A cut must not leave half a surrogate pair.
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
