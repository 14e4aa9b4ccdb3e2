import { type FieldStyle, type Layout, type RequestStatus, readHead } from './human-requests-layouts.ts';

/** Finds sections, entries and fields in `human-requests.md` by line, without changing anything. Pure. */

export interface Section {
  title: string;
  /** Line of its heading, and the line behind its last one. */
  start: number;
  end: number;
}

export interface Field {
  name: string;
  value: string;
  line: number;
  /** Where the value begins in its line. */
  offset: number;
  style: FieldStyle;
}

export interface Entry {
  id: string;
  title: string;
  layout: Layout;
  style: FieldStyle;
  section?: Section;
  priority?: string;
  fields: Field[];
  /** Its first line, and the line behind its last text. */
  start: number;
  end: number;
  /** The line behind a rule that follows it, where there is one. */
  ruleEnd?: number;
  /** Where the next entry or heading begins. */
  next: number;
}

export interface Outline {
  /** Each with its own line end, so that joining them gives the text again, byte for byte. */
  lines: string[];
  lineEnd: '\n' | '\r\n';
  sections: Section[];
  entries: Entry[];
  /** Whether entries end with a line of `---`; undefined where the file does not show it. */
  endsWithRule?: boolean;
}

const sectionHeading = /^## +(.*)$/;
const boundary = /^#{1,3} /;
const rule = /^-{3,}\s*$/;
// Only at the margin: what stands indented or quoted is text inside a value.
const fieldLine = /^([-*+] )?\*\*([^*:]+)(:\*\*|\*\*:)[ \t]*/;
const blockMark = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,}|<!--)/;

const sectionTitles: Record<RequestStatus, RegExp> = {
  pending: /\bpending\b|^\W*open( requests)?\W*$/i,
  in_progress: /\bin[ _-]?progress\b/i,
  resolved: /\b(resolved|completed|closed)\b|^\W*done\W*$/i,
};

export function outlineOf(text: string): Outline {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const shown = withoutBlocks(lines.map((line) => line.replace(/^\uFEFF/, '').replace(/\r?\n$/, '')));
  const sections = findSections(shown);
  const entries = findEntries(lines, shown, sections);
  return {
    lines,
    lineEnd: lines[0]?.endsWith('\r\n') ? '\r\n' : '\n',
    sections,
    entries,
    endsWithRule: ruleHabit(entries),
  };
}

/** The section for entries of a status, where the file has one. */
export function sectionFor(status: RequestStatus, sections: readonly Section[]): Section | undefined {
  return sections.find(({ title }) => sectionTitles[status].test(title));
}

/** What a section is for, by its title. */
export function statusOfSection({ title }: Section): RequestStatus | undefined {
  const all: RequestStatus[] = ['resolved', 'in_progress', 'pending'];
  return all.find((status) => sectionTitles[status].test(title));
}

/** The line where a new entry goes at the end of a section: behind its last text, before a rule that closes it. */
export function endOfSection({ lines }: Outline, section: Section, endsWithRule: boolean): number {
  const end = behindText(lines, section.start + 1, section.end);
  const closedByRule = !endsWithRule && rule.test(lines[end - 1] ?? '');
  return closedByRule ? behindText(lines, section.start + 1, end - 1) : end;
}

/** The field of an entry by its name. The last `Status` counts: it stands below what the asker wrote. */
export function fieldOf({ fields }: Pick<Entry, 'fields'>, name: string): Field | undefined {
  const named = fields.filter((field) => field.name === name.toLowerCase());
  return name === 'Status' ? named.at(-1) : named[0];
}

/** The line behind the last one between two that is not blank. */
function behindText(lines: readonly string[], start: number, end: number): number {
  let place = end;
  while (place > start && (lines[place - 1] ?? '').trim() === '') place -= 1;
  return place;
}

/** Empties the lines of code fences and comments, where nothing is a heading. One that never closes hides nothing. */
function withoutBlocks(contents: readonly string[]): string[] {
  const shown = [...contents];
  const unclosed = new Map<string, number>(); // per kind of mark the shortest known to have no end below
  for (let start = 0; start < contents.length; start += 1) {
    const mark = blockMark.exec(contents[start] ?? '')?.[1];
    if (mark === undefined || mark.length >= (unclosed.get(mark.charAt(0)) ?? Number.POSITIVE_INFINITY))
      continue;
    const end = contents.findIndex((line, index) =>
      mark === '<!--' ? index >= start && line.includes('-->') : index > start && closesFence(line, mark),
    );
    if (end === -1) unclosed.set(mark.charAt(0), mark.length);
    else {
      shown.fill('', start, end + 1);
      start = end;
    }
  }
  return shown;
}

/** CommonMark 0.31, section 4.5: the same character, at least as often, and nothing else. */
function closesFence(line: string, mark: string): boolean {
  const text = line.trim();
  return text.length >= mark.length && text === mark.charAt(0).repeat(text.length);
}

function findSections(shown: readonly string[]): Section[] {
  const tops = linesWhere(shown, (line) => /^##? /.test(line));
  return tops.flatMap((start, index) => {
    const title = sectionHeading.exec(shown[start] ?? '')?.[1]?.trim();
    return title === undefined ? [] : [{ title, start, end: tops[index + 1] ?? shown.length }];
  });
}

function findEntries(
  lines: readonly string[],
  shown: readonly string[],
  sections: readonly Section[],
): Entry[] {
  const starts = linesWhere(shown, (line) => boundary.test(line) || readHead(line) !== undefined);
  return starts.flatMap((start, index) => {
    const next = starts[index + 1] ?? shown.length;
    const fields = findFields(shown, start + 1, next);
    const head = readHead(shown[start] ?? '', fields[0]?.style);
    if (!head) return [];
    const text = behindText(lines, start + 1, next);
    const ruled = text > start + 1 && rule.test(shown[text - 1] ?? '');
    return {
      ...head,
      title: head.title ?? fieldOf({ fields }, 'Title')?.value ?? '',
      priority: head.priority ?? fieldOf({ fields }, 'Priority')?.value,
      style: fields[0]?.style ?? head.layout.style,
      section: sections.find((section) => section.start < start && start < section.end),
      fields,
      start,
      end: ruled ? behindText(lines, start + 1, text - 1) : text,
      ...(ruled && { ruleEnd: text }),
      next,
    };
  });
}

function findFields(shown: readonly string[], start: number, end: number): Field[] {
  return shown.slice(start, end).flatMap((line, index) => {
    const [label, bullet = '', name, colon] = fieldLine.exec(line) ?? [];
    if (label === undefined || name === undefined) return [];
    const style = { bullet, colonInside: colon === ':**' };
    const value = line.slice(label.length).trim();
    return { name: name.trim().toLowerCase(), value, line: start + index, offset: label.length, style };
  });
}

/** Entries that follow each other show it: is there a rule between them? */
function ruleHabit(entries: readonly Entry[]): boolean | undefined {
  const followed = entries.filter(({ next }, index) => entries[index + 1]?.start === next);
  return followed.length === 0 ? undefined : followed.some(({ ruleEnd }) => ruleEnd !== undefined);
}

function linesWhere(shown: readonly string[], matches: (line: string) => boolean): number[] {
  return shown.flatMap((line, index) => (matches(line) ? [index] : []));
}
