import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { Unreadable } from './unreadable.ts';
import { decodeXml } from './xml-text.ts';

export interface XmlListener {
  open(tag: SaxesTagPlain): void;
  close(name: string): void;
  /** Text and CDATA; a run of text may come in several parts, and comes only while `XmlReader.listening`. */
  text(part: string): void;
  comment?(text: string): void;
}

/** A tag, or a run of text that is listened to, is held as a whole by the parser; longer ones are no report. */
const maxHeldLength = 16 * 1024 * 1024;

const maxDepth = 256;

/**
 * Reads XML as a stream and refuses what could harm: entities of its own (XXE, billion laughs), nesting without
 * end, and tags without end. Only predefined entities are expanded.
 */
export class XmlReader {
  readonly #parser = new SaxesParser();
  readonly #listener: XmlListener;
  #listening = false;
  #depth = 0;
  #inTag = true;
  #heldLength = 0;

  constructor(listener: XmlListener) {
    this.#listener = listener;
    this.#parser.on('error', ({ message }) => {
      throw new Unreadable(`not whole or not well-formed XML: ${message}`);
    });
    this.#parser.on('doctype', (doctype) => {
      // saxes expands nothing from it, but then the text is not what its author meant.
      if (doctype.includes('[')) throw new Unreadable('refused: the report brings its own DTD (entities)');
    });
    this.#parser.on('opentagstart', () => this.#hold(true));
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', ({ name }) => this.#close(name));
    this.#parser.on('cdata', (text) => this.#text(text));
    if (listener.comment) this.#parser.on('comment', (text) => listener.comment?.(text));
  }

  /** Whether text is wanted. Kept off where it is not, for then the parser need not keep it in memory. */
  set listening(wanted: boolean) {
    if (wanted === this.#listening) return;
    this.#listening = wanted;
    this.#heldLength = 0;
    if (wanted) this.#parser.on('text', (text) => this.#text(text));
    else this.#parser.off('text');
  }

  /** Reads to the end. @throws Unreadable for what is not well-formed, not whole, or harmful */
  async read(report: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const text of decodeXml(report)) {
      if (this.#inTag || this.#listening) this.#heldLength += text.length;
      this.#parser.write(text);
      // Anything that came to an end in between has set the length back.
      if (this.#heldLength > maxHeldLength)
        throw new Unreadable('a tag or a text in it is longer than 16 MiB');
    }
    this.#parser.close();
  }

  #open(tag: SaxesTagPlain): void {
    this.#hold(false);
    this.#depth++;
    if (this.#depth > maxDepth) throw new Unreadable(`nested deeper than ${maxDepth} elements`);
    this.#listener.open(tag);
  }

  #close(name: string): void {
    this.#hold(false);
    this.#depth--;
    this.#listener.close(name);
  }

  #text(part: string): void {
    this.#heldLength = 0;
    if (this.#listening) this.#listener.text(part);
  }

  #hold(inTag: boolean): void {
    this.#inTag = inTag;
    this.#heldLength = 0;
  }
}

/**
 * The name of the first element in the beginning of a document, behind its declaration, comments and DOCTYPE.
 * Undefined for what does not begin as XML does.
 */
export function rootElementOf(head: string): string | undefined {
  for (let at = 0; ; ) {
    const rest = head.slice(at);
    const root = /^[\s\uFEFF]*<([A-Za-z_][\w.:-]*)/.exec(rest)?.[1];
    if (root !== undefined) return root;
    const [prolog] =
      /^[\s\uFEFF]*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^[>]*(?:\[[^\]]*\]\s*)?>)/.exec(rest) ?? [];
    if (prolog === undefined) return undefined;
    at += prolog.length;
  }
}
