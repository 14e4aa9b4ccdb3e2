import { decode, markedEncoding } from './text.ts';
import { Unreadable } from './unreadable.ts';

/**
 * The text of an XML report, as a strict parser can take it piece by piece. What tools get wrong without harm to
 * the counts is mended: blank lines before the declaration, characters that XML does not have (escape sequences of
 * coloured output, mostly) and references to them, which become U+FFFD; `]]>` in plain text. A CDATA section without end in sight is
 * split into several, since a parser holds each one as a whole.
 * @throws Unreadable for an unknown encoding, and for comments beyond all measure
 */
export async function* decodeXml(report: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const pieces = new XmlPieces();
  for await (const text of decode(report, xmlEncoding)) yield pieces.next(text);
  yield pieces.last();
}

/**
 * The bytes' own word counts first, then the XML declaration (XML 1.0, appendix F). A declared UTF-16 whose
 * declaration can be read byte by byte is not true: .NET writes it when it serializes to a string.
 */
function xmlEncoding(begin: Uint8Array): string {
  const marked = markedEncoding(begin);
  if (marked !== undefined) return marked;
  const [, declared = 'utf-8'] =
    /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(
      new TextDecoder('windows-1252').decode(begin),
    ) ?? [];
  if (/^(utf|ucs|iso-10646-ucs)-?(16|32|2|4)/i.test(declared)) return 'utf-8';
  try {
    return new TextDecoder(declared).encoding;
  } catch {
    throw new Unreadable(`the report declares the encoding ${declared}, which is not known here`);
  }
}

/** Where markup does not count, with what ends it. */
const closers = { '<!--': '-->', '<![CDATA[': ']]>', '<?': '?>' } as const;
const opener = /<(?:!--|!\[CDATA\[|\?)/g;

/** What may become a delimiter or a character reference with the text that follows. */
const unfinished = /(?:<[!?]?[-[CDAT]*|\]{1,2}|-{1,2}|\?|&#?x?[\da-f]*)$/i;
const longestUnfinished = 12;

/** A CDATA section longer than this is split, in characters. */
const maxCdataLength = 64 * 1024;

/** A comment or processing instruction longer than this is none. */
const maxAsideLength = 16 * 1024 * 1024;

class XmlPieces {
  #held = '';
  #inside: keyof typeof closers | undefined;
  /** Since the beginning of what it is inside of, or since it was split. */
  #insideLength = 0;
  #begun = false;

  /** @throws Unreadable */
  next(text: string): string {
    const all = this.#held + text;
    const doubtful = unfinished.exec(all.slice(-longestUnfinished))?.[0].length ?? 0;
    this.#held = all.slice(all.length - doubtful);
    return this.#pass(all.slice(0, all.length - doubtful));
  }

  last(): string {
    return this.#pass(this.#held);
  }

  #pass(text: string): string {
    let mended = '';
    let at = 0;
    let since = -this.#insideLength;
    while (at < text.length) {
      const from = at;
      const inside = this.#inside;
      if (inside) {
        const end = text.indexOf(closers[inside], at);
        at = end === -1 ? text.length : end + closers[inside].length;
        if (end !== -1) this.#inside = undefined;
        mended += mendCharacters(text.slice(from, at));
      } else {
        opener.lastIndex = at;
        const open = opener.exec(text)?.[0] as keyof typeof closers | undefined;
        at = open === undefined ? text.length : opener.lastIndex;
        if (open !== undefined) since = at;
        this.#inside = open;
        mended += mendMarkup(text.slice(from, at));
      }
    }
    this.#insideLength = text.length - since;
    if (!this.#begun) mended = mended.trimStart();
    this.#begun ||= mended !== '';
    return mended + this.#split();
  }

  #split(): string {
    if (this.#inside === undefined) return '';
    if (this.#inside !== '<![CDATA[') {
      if (this.#insideLength > maxAsideLength) throw new Unreadable('a comment without end');
      return '';
    }
    if (this.#insideLength < maxCdataLength) return '';
    this.#insideLength = 0;
    return ']]><![CDATA[';
  }
}

/** Characters outside of production 2 of XML 1.0. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const forbidden = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g;

function mendCharacters(text: string): string {
  return text.replace(forbidden, '\uFFFD');
}

/** The same for tags and text, where references count and `]]>` may not stand. */
function mendMarkup(text: string): string {
  let mended = mendCharacters(text);
  if (mended.includes(']]>')) mended = mended.replaceAll(']]>', ']]&gt;');
  if (!mended.includes('&#')) return mended;
  return mended.replace(/&#(?:x([\da-f]+)|(\d+));/gi, (reference, hex?: string, decimal = '') => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return isCharacter(code) ? reference : '\uFFFD';
  });
}

function isCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code < 0xd800) ||
    (code > 0xdfff && code < 0xfffe) ||
    (code > 0xffff && code < 0x110000)
  );
}
