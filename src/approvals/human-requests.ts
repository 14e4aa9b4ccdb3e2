import {
  firstLayout,
  type NewHumanRequest,
  type RequestStatus,
  writeEntry,
  writeField,
} from './human-requests-layouts.ts';
import {
  type Entry,
  endOfSection,
  fieldOf,
  type Outline,
  outlineOf,
  sectionFor,
  statusOfSection,
} from './human-requests-outline.ts';
import { plainLine, withoutForgery } from './human-requests-untrusted.ts';

export type { NewHumanRequest, RequestStatus } from './human-requests-layouts.ts';

/** Reading and writing `human-requests.md` without touching a byte that is not ours. Pure. */

export interface HumanRequest {
  id: string;
  title: string;
  type?: string;
  priority?: string;
  status?: string;
  /** Heading of the section it stands in; empty outside of any. */
  section: string;
  /** What that section is for, where it is one of the three. */
  standing?: RequestStatus | undefined;
  /** The entry as it stands there. Untrusted: people and agents wrote it. */
  text: string;
}

type NewStatus = Exclude<RequestStatus, 'pending'>;

const emptyFile = `# Human Requests

## 🔄 Pending Requests

## 🚀 In Progress

## ✅ Resolved
`;

/** Every entry of the file, in its order. Headings in code fences and comments are no entries. */
export function readRequests(text: string): HumanRequest[] {
  const { entries, lines } = outlineOf(text);
  return entries.map((entry) => ({
    id: entry.id,
    title: entry.title,
    type: fieldOf(entry, 'Type')?.value,
    priority: entry.priority,
    status: fieldOf(entry, 'Status')?.value,
    section: entry.section?.title ?? '',
    standing: entry.section && statusOfSection(entry.section),
    text: lines.slice(entry.start, entry.end).join('').replaceAll('\r\n', '\n').trimEnd(),
  }));
}

/**
 * Adds an entry at the end of the pending section, in the layout and numbering the file already has; every byte of
 * the file stays. Without a file: the layout of `### REQ-1001: Title` under three sections.
 */
export function appendRequest(
  text: string | undefined,
  request: NewHumanRequest,
): { text: string; id: string; written: string } {
  const before = text === undefined || text.trim() === '' ? `${text ?? ''}${emptyFile}` : text;
  const outline = outlineOf(before);
  const model = modelEntry(outline.entries);
  const layout = model?.layout ?? firstLayout;
  const id = model ? nextId(model) : layout.firstId;
  const endsWithRule = outline.endsWithRule ?? layout.endsWithRule;
  const block = writeEntry(layout, model?.style ?? layout.style, id, withoutForgery(request));
  const written = block.join('\n').trimEnd();
  if (endsWithRule) block.push('', '---');
  const place = placeForPending(outline, endsWithRule);
  if (place === undefined) block.unshift('## 🔄 Pending Requests', '');
  return { text: insert(outline, place ?? outline.lines.length, block.join(outline.lineEnd)), id, written };
}

/** The entry that says word for word what a new one would say, its date aside. */
export function requestSaying(
  text: string,
  request: NewHumanRequest,
): { id: string; text: string } | undefined {
  const { entries, lines } = outlineOf(text);
  const written = (entry: Entry) =>
    lines.slice(entry.start, entry.end).join('').replaceAll('\r\n', '\n').trimEnd();
  const same = entries.find((entry) => {
    const date = fieldOf(entry, 'Date')?.value ?? request.date;
    const told = withoutForgery({ ...request, date });
    return written(entry) === writeEntry(entry.layout, entry.style, entry.id, told).join('\n').trimEnd();
  });
  return same && { id: same.id, text: written(same) };
}

/**
 * Sets the status line of an entry, with a note behind it, and moves the entry to the end of the section for that
 * status where the file has one.
 * @returns undefined when the file has no such entry
 */
export function resolveRequest(
  text: string,
  id: string,
  status: NewStatus,
  note: string,
): string | undefined {
  const outline = outlineOf(text);
  const entry = outline.entries.find((one) => one.id === id);
  if (!entry) return undefined;
  const endsWithRule = outline.endsWithRule ?? entry.layout.endsWithRule;
  const end = (endsWithRule ? entry.ruleEnd : undefined) ?? entry.end;
  const words = [entry.layout.statusWords[status], plainLine(note)].filter(Boolean).join('. ');
  const block = withStatus(outline, entry, end, words);
  const { lines } = outline;
  const without = outlineOf(
    [...lines.slice(0, entry.start), ...lines.slice(behindBlanks(lines, end))].join(''),
  );
  const target = sectionFor(status, without.sections);
  if (!target || target.title === entry.section?.title) {
    return [...lines.slice(0, entry.start), block, ...lines.slice(end)].join('');
  }
  return insert(without, endOfSection(without, target, endsWithRule), block.trimEnd());
}

/** The lines of an entry with another status; an entry that has none gets one behind its last field. */
function withStatus({ lines, lineEnd }: Outline, entry: Entry, end: number, status: string): string {
  const changed = lines.slice(entry.start, end);
  const field = fieldOf(entry, 'Status');
  if (field) {
    const line = lines[field.line] ?? '';
    const label = line.slice(0, field.offset).trimEnd();
    changed[field.line - entry.start] = `${label} ${status}${/\r?\n$/.exec(line)?.[0] ?? ''}`;
    return changed.join('');
  }
  const last = entry.end - entry.start - 1;
  const gap = entry.style.bullet === '' ? lineEnd : '';
  changed[last] = `${(changed[last] ?? '').replace(/\r?\n$/, '')}${lineEnd}${gap}`;
  changed.splice(last + 1, 0, `${writeField(entry.style, 'Status', status)}${lineEnd}`);
  return changed.join('');
}

/** The entry to be continued: of the ids for agents' questions (HITL), of requests, or else of any, the highest. */
function modelEntry(entries: readonly Entry[]): Entry | undefined {
  const preferred = ['HITL-', 'REQ-'].map((prefix) => entries.filter(({ id }) => id.startsWith(prefix)));
  const [first] = entries;
  const family =
    preferred.find(({ length }) => length > 0) ??
    entries.filter(({ id }) => first !== undefined && prefixOf(id) === prefixOf(first.id));
  return family.reduce<Entry | undefined>(
    (highest, entry) => (highest && numberOf(highest.id) >= numberOf(entry.id) ? highest : entry),
    undefined,
  );
}

function nextId({ id }: Entry): string {
  const digits = id.slice(prefixOf(id).length);
  return `${prefixOf(id)}${String(numberOf(id) + 1n).padStart(digits.length, '0')}`;
}

function prefixOf(id: string): string {
  return id.replace(/\d+$/, '');
}

function numberOf(id: string): bigint {
  return BigInt(/\d+$/.exec(id)?.[0] ?? '0');
}

/** @returns undefined where the file has no place for what waits */
function placeForPending(outline: Outline, endsWithRule: boolean): number | undefined {
  const { sections, entries } = outline;
  const section = sectionFor('pending', sections);
  if (section) return endOfSection(outline, section, endsWithRule);
  const last = entries.at(-1);
  const isElsewhere = sectionFor('in_progress', sections) ?? sectionFor('resolved', sections);
  return last && !isElsewhere ? (last.ruleEnd ?? last.end) : undefined;
}

/** Puts a block before a line, set off by blank lines. A file that ends without a line end goes on doing so. */
function insert({ lines, lineEnd }: Outline, place: number, block: string): string {
  const before = lines.slice(0, place).join('');
  const after = lines.slice(place).join('');
  const last = lines[place - 1] ?? '';
  const opening = `${last === '' || last.endsWith('\n') ? '' : lineEnd}${last.trim() === '' ? '' : lineEnd}`;
  const closesFile = after === '';
  const closing = closesFile ? (last.endsWith('\n') ? lineEnd : '') : lineEnd;
  const gap = closesFile || /^\r?\n/.test(after) ? '' : lineEnd;
  return `${before}${opening}${block}${closing}${gap}${after}`;
}

function behindBlanks(lines: readonly string[], start: number): number {
  let place = start;
  while (lines[place]?.trim() === '') place += 1;
  return place;
}
