import { keep, type Span } from './keep.ts';

/** Secrets that only their name gives away: `password=…`, `"clientSecret": "…"`, `Authorization: Bearer …`. Pure. */

/** Whatever is called so is secret, whatever it looks like. */
const surely =
  'passw(?:or)?d|passphrase|secret|private[_-]?key|account[_-]?key|shared[_-]?access[_-]?key|connection[_-]?string';
/** What is called so is secret when it looks as if nobody could guess it. */
const maybe = `token|api[_-]?key|access[_-]?key|signing[_-]?key|encryption[_-]?key|license[_-]?key|authorization|credentials?|cookie|session(?:[_-]?id)?|_auth|"auth|'auth|[_-]pwd|pwd(?==)|client-key-data|bearer`;

/** The name with what may follow it in a longer one, and whether it is quoted; then the sign between name and value. */
const named = new RegExp(
  String.raw`(?:(${surely})|${maybe})[\w-]{0,24}(\\?["'])?(?:[ \t]{0,8}(?:=>|:=|[:=])[ \t]{0,8}|(?<=--[\w-]{1,40})[ \t]{1,4}|(?<=bearer)[ \t]{1,4})`,
  'gi',
);

const scheme = /(?:bearer|basic|token|digest|apikey|ssws|negotiate)[ \t]+/iy;
/** Up to the same quote again; a backslash takes the next character with it. */
const quoted = /(\\?["'`])((?:(?!\1)(?:\\[^\n]|[^\\\n]))*)/y;
/** Up to a blank, a quote or a bracket, and to a comma or the like behind which another name begins. */
const bare =
  /(?:[^ \t\r\n"'`<>\\,;&)\]}]|[,;&)\]}](?![ \t\r\n"'`<>\\)\]},;&]|$|[\w .-]{1,40}=|["']?[\w.-]{1,40}["']?:))+/y;

const shortest = 6;
const base64 = /^[A-Za-z0-9+/_-]{4,}={0,2}$/;
/** What stands for a secret and is none. */
const standIn =
  /^(?:\[redacted.*|[*x•.#-]+|<[^>]*>|\$\{?[A-Z_][A-Z0-9_]*\}?|\$[{(].*|%[sdvqj]|%\{.*|%\w+%|\{\{.*|\{[\w.]*\}|null|nil|none|undefined|true|false|n\/a|[\w.]+\(.*|(?:process\.env|os\.environ|import\.meta|env|secrets|vars|config|options|args|this|self)[.[].*)$/i;
/** Words that messages and types say after such a name. */
const prose =
  /^(?:string|number|boolean|unknown|object|required|optional|missing|invalid|incorrect|expired|changed|rejected|accepted|accessed|created|deleted|updated|rotated|revoked|granted|refused|redacted|hidden|wrong|failed|failure|success|not|must|should|cannot|does|the|is|was|has|for|and|with|from|default|example|placeholder|changeme)\b[^\d]*$/i;

/** What a command line has in the place of a password: in quotes or up to a blank, and no variable or example. */
const typed = String.raw`(?!\[redacted\]|\$\{?[A-Z_][A-Z0-9_]*\}?(?:["'\s]|$)|\$[({]|<[^>]*>|\*+(?:["'\s]|$))(?:(?<=")[^"\\\n]{1,500}|(?<=')[^'\\\n]{1,500}|[^ \t\r\n"'\\]{1,500})`;
const openingQuote = String.raw`(?:\\?["'])?`;

/** `<password>…</password>`, `<property name="password" value="…">`, and `machine … password …` of a .netrc. */
const markedUp: readonly RegExp[] = [
  /(<[\w:.-]{0,40}(?:passw(?:or)?d|secret|token|apikey)[\w-]{0,20}>)[^<>\n]{6,2000}(?=<\/)/gi,
  /((?:name|key|id)=["'][\w.:-]{0,60}(?:passw(?:or)?d|secret|token|api[._-]?key)["'][ \t]{1,8}value=["'])[^"'\n]{6,2000}/gi,
  /(login[ \t]+[^ \t\r\n]{1,100}[ \t]+password[ \t]+)(?!\[redacted\])[^ \t\r\n"'\\<>]{4,500}/gi,
  ...[
    String.raw`curl(?:[ \t][^\n]{0,300})?[ \t](?:-[a-zA-Z]{0,8}u|--user)[ \t=]*${openingQuote}[^ \t\r\n:"'\\]{0,100}:`,
    String.raw`sshpass[ \t]+(?:-v[ \t]+)?-p[ \t]*${openingQuote}`,
    String.raw`(?:mysql|mariadb)[a-z-]{0,20}[ \t](?:[^\n|;&]{0,300}[ \t])?-p(?!\d+:\d)${openingQuote}`,
    String.raw`(?:docker|podman)[ \t]+login[ \t](?:[^\n|;&]{0,300}[ \t])?-p[ \t=]*${openingQuote}`,
  ].map((before) => new RegExp(`(${before})${typed}`, 'g')),
];

/** What every one of these has in it; most lines have nothing of it. */
const mark =
  /passw|passphrase|secret|[_-]key|[a-z]key|token|authorization|credential|cookie|session|_auth|["']auth|pwd|client-key|bearer|connection|curl|sshpass|mysql[a-z]*[ \t]|mariadb[a-z-]*[ \t]|(?:docker|podman)[ \t]+login/gi;

/** The values of names that say that they are secret. */
export function assignedSecrets(text: string): Span[] {
  const spans: Span[] = [];
  mark.lastIndex = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    // A line at a time: that is as far as any of it goes.
    const start = text.lastIndexOf('\n', found.index) + 1;
    const lineEnd = text.indexOf('\n', found.index);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const line = text.slice(start, end);
    inLine(line, start, spans);
    for (const shape of markedUp) keep(line, shape, spans, start);
    mark.lastIndex = end;
  }
  return spans;
}

function inLine(line: string, offset: number, spans: Span[]): void {
  named.lastIndex = 0;
  for (let name = named.exec(line); name; name = named.exec(line)) {
    const [whole, sure, quote] = name;
    const from = name.index + whole.length;
    const span = valueAt(line, from, { isSure: sure !== undefined, isKeyQuoted: quote !== undefined });
    if (!span) continue;
    spans.push([offset + span[0], offset + span[1]]);
    named.lastIndex = Math.max(named.lastIndex, span[1]);
  }
}

function valueAt(
  text: string,
  from: number,
  { isSure, isKeyQuoted }: { isSure: boolean; isKeyQuoted: boolean },
): Span | undefined {
  quoted.lastIndex = from;
  const inQuotes = quoted.exec(text);
  const start = inQuotes ? from + (inQuotes[1]?.length ?? 0) : from;
  // In JSON a bare value is a number or a word of the language; another text in its place would break the document.
  if (!inQuotes && isKeyQuoted) return undefined;
  scheme.lastIndex = start;
  const announced = scheme.exec(text)?.[0] ?? '';
  const begin = start + announced.length;
  let end: number;
  if (inQuotes) end = start + (inQuotes[2]?.length ?? 0);
  else {
    bare.lastIndex = begin;
    end = begin + (bare.exec(text)?.[0].length ?? 0);
  }
  const value = text.slice(begin, end);
  if (/^basic\b/i.test(announced) && hasNameAndPassword(value)) return [begin, end];
  if (value.length < shortest || standIn.test(value) || prose.test(value)) return undefined;
  if (!isSure && !looksRandom(value)) return undefined;
  return [begin, end];
}

/** What HTTP Basic sends, however short (RFC 7617): base64 of a text with a colon in it. */
function hasNameAndPassword(value: string): boolean {
  if (!base64.test(value)) return false;
  try {
    return atob(value.replaceAll('-', '+').replaceAll('_', '/')).includes(':');
  } catch {
    return false;
  }
}

/** No word, no sentence, no path, no name of a program's own, no version and no plain number. */
function looksRandom(value: string): boolean {
  if (/^[\d.,]+$/.test(value) || /^\.{0,2}\//.test(value) || value.includes(' ')) return false;
  if (/^[~^<>=v]*\d+(?:\.\d+)+/.test(value)) return false;
  if (/^[a-z_$]+(?:(?:\??\.|::|->)[a-z_$]+)+[;,]*$/i.test(value)) return false;
  return /\d/.test(value) ? value.length >= (/^\d/.test(value) ? 12 : 8) : value.length >= 16;
}
