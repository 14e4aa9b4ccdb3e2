/** The words of a board, each known by a number, so that a million rows are compared as numbers. 0 is "no word". */
export interface Words {
  /** One more than the largest code. */
  readonly size: number;
  /** The code of a word; a new one where it was never seen. A number and a text with the same digits are two words. */
  codeOf(text: string, isNumber: boolean): number;
  textOf(code: number): string;
  isNumber(code: number): boolean;
}

/** Words in plain memory. */
export class PlainWords implements Words {
  readonly #codes = new Map<string, number>();
  readonly #words: { text: string; isNumber: boolean }[] = [{ text: '', isNumber: false }];

  get size(): number {
    return this.#words.length;
  }

  codeOf(text: string, isNumber: boolean): number {
    const key = isNumber ? `#${text}` : `"${text}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    this.#codes.set(key, this.#words.length);
    return this.#words.push({ text, isNumber }) - 1;
  }

  textOf(code: number): string {
    return this.#words[code]?.text ?? '';
  }

  isNumber(code: number): boolean {
    return this.#words[code]?.isNumber ?? false;
  }
}
