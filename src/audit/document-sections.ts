/**
 * Sections of a Markdown document: found by line, and changed one at a time so that every other byte stays. Texts are
 * of one character for each byte (latin1), so that nothing is lost that is no UTF-8. Pure.
 */

export interface DocumentSection {
  level: number;
  heading: string;
  /** Of its own text, without that of the sections in it: from behind the heading to the next heading. */
  start: number;
  end: number;
}

export interface DocumentOutline {
  sections: DocumentSection[];
  lineEnd: '\n' | '\r\n';
  /** Whether a code block or a comment is still open at the end. */
  isOpen: boolean;
}

const byteOrderMark = '\u00ef\u00bb\u00bf';
const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$/;
const underline = /^ {0,3}(=+|-+)[ \t]*$/;
const codeFence = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** What cannot be the text of a heading that is underlined. */
const noParagraph = /^(?: {0,3}(?:[#>|]|[-*+][ \t]|\d+[.)][ \t])| {4}|\t|[ \t]*$)/;

/** Finds headings as CommonMark does, outside of code, comments and front matter. */
export function outlineOf(text: string): DocumentOutline {
  const sections: DocumentSection[] = [];
  let fence: string | undefined;
  let inComment = false;
  let inFrontMatter = false;
  let before: { line: string; start: number } | undefined;
  const add = (level: number, heading: string, from: number, start: number) => {
    const last = sections.at(-1);
    if (last) last.end = from;
    sections.push({
      level,
      heading: heading.replace(/^[ \t]+/, '').slice(0, endOfWords(heading.replace(/^[ \t]+/, ''))),
      start,
      end: text.length,
    });
  };
  const bodyStart = text.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
  let at = bodyStart;
  while (at < text.length) {
    const lineEnd = text.indexOf('\n', at);
    const next = lineEnd === -1 ? text.length : lineEnd + 1;
    const line = text.slice(at, next).replace(/\r?\n$/, '');
    const opening = codeFence.exec(line);
    if (inFrontMatter) inFrontMatter = !/^(?:---|\.\.\.)[ \t]*$/.test(line);
    else if (at === bodyStart && /^---[ \t]*$/.test(line)) inFrontMatter = true;
    else if (fence !== undefined) {
      if (opening?.[1]?.startsWith(fence) && opening[2]?.trim() === '') fence = undefined;
    } else if (inComment) inComment = !line.includes('-->');
    else if (opening && !(opening[1]?.startsWith('`') && opening[2]?.includes('`'))) fence = opening[1];
    else if (/^ {0,3}<!--/.test(line)) inComment = !line.includes('-->');
    else {
      const [, marks, heading = ''] = atx.exec(line) ?? [];
      const under = underline.exec(line)?.[1];
      if (marks !== undefined) add(marks.length, heading, at, next);
      else if (under !== undefined && before && !noParagraph.test(before.line))
        add(under.startsWith('=') ? 1 : 2, before.line, before.start, next);
      before = marks === undefined && under === undefined ? { line, start: at } : undefined;
      at = next;
      continue;
    }
    before = undefined;
    at = next;
  }
  return {
    sections,
    lineEnd: text.includes('\r\n') ? '\r\n' : '\n',
    isOpen: fence !== undefined || inComment || inFrontMatter,
  };
}

/** Puts another text in the place of a section's own; blank lines around it stay as they are. */
export function withSectionText(text: string, section: DocumentSection, own: string): string {
  const { lineEnd } = outlineOf(text);
  const old = text.slice(section.start, section.end);
  const core = withLineEnds(own, lineEnd);
  const isLast = section.end === text.length;
  const tail = old.slice(endOfWords(old));
  if (tail.length === old.length) {
    const glue = text[section.start - 1] === '\n' ? lineEnd : lineEnd + lineEnd;
    return `${text.slice(0, section.start)}${glue}${core}${lineEnd}${isLast ? '' : lineEnd}${text.slice(section.end)}`;
  }
  const [lead = ''] = leadingLines.exec(old) ?? [];
  const after = tail.replace(/^[ \t]+/, '');
  // What follows must not become a part of the last paragraph.
  const gap = isLast || /\n[ \t]*\r?\n/.test(after) ? '' : lineEnd;
  return text.slice(0, section.start) + lead + core + after + gap + text.slice(section.end);
}

/** Adds a section of the second level at the end. */
export function withNewSection(text: string, heading: string, own: string): string {
  const { lineEnd } = outlineOf(text);
  const gap = text === '' || /\n\r?\n$/.test(text) ? '' : text.endsWith('\n') ? lineEnd : lineEnd + lineEnd;
  return `${text}${gap}## ${heading}${lineEnd}${lineEnd}${withLineEnds(own, lineEnd)}${lineEnd}`;
}

const leadingLines = /^(?:[ \t]*\r?\n)*/;

/** Without blank lines around it. A byte that ends a character can look like white space, so it is told what is some. */
function withLineEnds(own: string, lineEnd: string): string {
  return own.slice(0, endOfWords(own)).replace(leadingLines, '').replace(/\r?\n/g, lineEnd);
}

function endOfWords(text: string): number {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1] ?? 'x')) end -= 1;
  return end;
}
