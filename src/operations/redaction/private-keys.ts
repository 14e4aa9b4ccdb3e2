import type { Span } from './keep.ts';

/** Private keys in their armor, on one line or on many. Pure. */

const mark = 'PRIVATE KEY';
const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const putty = /PuTTY-User-Key-File-\d/;
/** Behind the mark on the same line: pieces of base64, and escaped line ends between them. */
const pieces =
  /(?:(?:Proc-Type|DEK-Info|Comment|Version|Hash)[ \t]*:[^\\"'\n]{0,100}|[A-Za-z0-9+/=]+|\\+[nrt]|[ \t])*/y;
const run = /[A-Za-z0-9+/=]{16,}/g;
const onlyBase64 = /^[\s|>*]*([A-Za-z0-9+/]+={0,2})\s*$/;

/** A key of the largest kind has fewer lines; a mark that is only talked about hides no more than this. */
const mostLines = 300;
/** So many lines in a row that are no part of a key end it, although its end never came. */
const mostOthers = 4;

/** Finds keys line by line, and knows between two lines whether it is inside of one. */
export class PrivateKeys {
  #linesLeft = 0;
  #others = 0;

  get isInside(): boolean {
    return this.#linesLeft > 0;
  }

  /** Whether there is any need to look at a text. */
  concerns(text: string): boolean {
    return this.isInside || text.includes(mark) || text.includes('PuTTY-User-Key-File');
  }

  /** The parts of one line that belong to a key. */
  inLine(line: string): Span[] {
    const spans: Span[] = [];
    let from = 0;
    if (this.isInside) from = this.#continued(line, spans);
    begin.lastIndex = from;
    for (let found = begin.exec(line); found; found = begin.exec(line)) {
      pieces.lastIndex = found.index + found[0].length;
      const body = pieces.exec(line)?.[0] ?? '';
      end.lastIndex = found.index + found[0].length + body.length;
      const closing = end.exec(line);
      const stop = found.index + found[0].length + body.length + (closing?.[0].length ?? 0);
      spans.push([found.index, stop]);
      begin.lastIndex = stop;
      if (!closing && /^\s*$/.test(line.slice(stop))) this.#enter();
    }
    if (putty.test(line)) this.#enter();
    return spans;
  }

  /** @returns from where on the line is an ordinary one again */
  #continued(line: string, spans: Span[]): number {
    const closing = line.search(/-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC:/);
    const body = closing === -1 ? line : line.slice(0, closing);
    const before = spans.length;
    const whole = onlyBase64.exec(body);
    if (whole?.[1] !== undefined) {
      const at = body.indexOf(whole[1]);
      spans.push([at, at + whole[1].length]);
    } else for (const { index, 0: piece } of body.matchAll(run)) spans.push([index, index + piece.length]);
    if (closing !== -1) {
      this.#linesLeft = 0;
      return closing;
    }
    const isPart = spans.length > before || /^[\s|>*]*([\w-]+:.*)?$/.test(body);
    this.#others = isPart ? 0 : this.#others + 1;
    this.#linesLeft = this.#others >= mostOthers ? 0 : this.#linesLeft - 1;
    return line.length;
  }

  #enter(): void {
    this.#linesLeft = mostLines;
    this.#others = 0;
  }
}
