import { findSecrets, merged, without } from './find.ts';
import type { Span } from './keep.ts';
import type { KnownValues } from './known-values.ts';
import { PrivateKeys } from './private-keys.ts';

/**
 * Redaction of a text that comes in pieces, cut anywhere: what may still become a secret is held back. The result is
 * that of the whole text. Pure.
 */
export class RedactedStream {
  readonly #known: KnownValues;
  readonly #keys = new PrivateKeys();
  #held = '';

  constructor(known: KnownValues) {
    this.#known = known;
  }

  /** @returns what is decided by now */
  push(piece: string): string {
    this.#held += piece;
    const lineEnd = this.#held.lastIndexOf('\n') + 1;
    const decided = this.#take(lineEnd);
    return this.#held.length > longestHeld ? decided + this.#take(this.#cutInLine()) : decided;
  }

  /** @returns the rest */
  end(): string {
    return this.#take(this.#held.length);
  }

  #take(length: number): string {
    if (length === 0) return '';
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    if (!this.#keys.concerns(text)) return without(text, findSecrets(text, this.#known));
    return text.replace(/[^\n]*\n|[^\n]+$/g, (line) => this.#line(line));
  }

  #line(line: string): string {
    const spans: Span[] = [
      ...this.#keys.inLine(line.replace(/\r?\n$/, '')),
      ...findSecrets(line, this.#known),
    ];
    return without(line, merged(spans));
  }

  /** A place in a line without end before which everything is decided: nothing that is found goes over it. */
  #cutInLine(): number {
    const cut = this.#held.length - lookAhead;
    const from = Math.max(0, cut - lookAhead);
    const window = this.#held.slice(from);
    const spans = merged([...new PrivateKeys().inLine(window), ...findSecrets(window, this.#known)]);
    const over = spans.find(([start, end]) => from + start < cut && from + end > cut);
    return over ? from + over[0] : cut;
  }
}

const lookAhead = 16 * 1024;
const longestHeld = 64 * 1024;
