import { type Layout, layoutOf, layouts, type RequestFacts } from './request-layouts.ts';

/** Reading and writing `human-requests.md` without touching a byte that is not ours. Pure. */

export interface HumanRequest {
  id: string;
  title: string;
  /** Heading of the section it stands in, without the marks. */
  section?: string;
  status?: string;
  priority?: string;
  /** The entry as it stands there. Untrusted: people and agents wrote it. */
  text: string;
}

interface Entry extends HumanRequest {
  layout: Layout;
  /** Line numbers, the end excluded. */
  start: number;
  end: number;
}

const emptyFile = `# Human Requests

## 🔄 Pending Requests

## 🚀 In Progress

## ✅ Resolved
`;

/** Every entry of the file, in its order. */
export function readRequests(text: string): HumanRequest[] {
  return findEntries(splitLines(text).lines).map(({ id, title, section, status, priority, text: body }) => ({
    id,
    title,
    section,
    status,
    priority,
    text: body,
  }));
}

/** Adds an entry at the end of the pending section, in the layout and numbering the file already has. */
export function appendRequest(text: string | undefined, facts: RequestFacts): { text: string; id: string } {
  const { lines, lineEnd } = splitLines(text ?? emptyFile);
  const entries = findEntries(lines);
  const layout = entries[0]?.layout ?? layouts[0];
  const id = nextId(entries, layout);
  const place = endOfPending(lines, layout);
  const block = layout.write(id, clean(facts));
  const needsGap = place > 0 && lines[place - 1]?.trim() !== '';
  lines.splice(place, 0, ...(needsGap ? [''] : []), ...block, '');
  return { text: lines.join(lineEnd), id };
}

/**
 * Marks an entry as resolved, with a note, and moves it to the resolved section where there is one.
 * @returns undefined when the file has no such entry
 */
export function resolveRequest(text: string, id: string, note: string): string | undefined {
  const { lines, lineEnd } = splitLines(text);
  const entry = findEntries(lines).find((one) => one.id === id);
  if (!entry) return undefined;
  const [removed, rest] = [lines.slice(entry.start, entry.end), [...lines]];
  const resolved = entry.layout.resolve(removed, oneLine(note));
  const section = rest.findIndex((line) => /^## .*\b(resolved|completed|done)\b/i.test(line));
  if (section === -1) {
    rest.splice(entry.start, removed.length, ...resolved);
    return rest.join(lineEnd);
  }
  rest.splice(entry.start, removed.length);
  const heading = section > entry.start ? section - removed.length : section;
  const gap = rest[heading + 1]?.trim() === '' ? [] : [''];
  rest.splice(heading + 1 + (gap.length === 0 ? 1 : 0), 0, ...gap, ...trimEnd(resolved), '');
  return rest.join(lineEnd);
}

function splitLines(text: string): { lines: string[]; lineEnd: string } {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  return { lines: text.split(lineEnd), lineEnd };
}

function findEntries(lines: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  let section: string | undefined;
  let open: Entry | undefined;
  let fenced = false;
  const close = (end: number) => {
    if (!open) return;
    const body = lines.slice(open.start, end);
    entries.push({
      ...open,
      end,
      text: trimEnd(body).join('\n'),
      status: field(body, 'Status'),
      priority: field(body, 'Priority'),
    });
    open = undefined;
  };
  lines.forEach((line, index) => {
    if (/^(```|~~~)/.test(line)) fenced = !fenced;
    if (fenced) return;
    const head = layoutOf(line, lines[index + 1]);
    if (head || /^#{1,3} /.test(line)) close(index);
    if (/^## /.test(line)) section = line.replace(/^##\s+/, '').trim();
    if (head)
      open = {
        ...head,
        title: head.title || titleField(lines, index),
        section,
        text: '',
        start: index,
        end: index,
      };
  });
  close(lines.length);
  return entries;
}

function field(body: readonly string[], name: string): string | undefined {
  const pattern = new RegExp(`\\*\\*${name}(?:\\*\\*:|:\\*\\*|:)\\s*([^*|]+)`, 'i');
  for (const line of body) {
    const value = pattern.exec(line)?.[1]?.trim();
    if (value) return value;
  }
  return undefined;
}

function titleField(lines: readonly string[], index: number): string {
  return field(lines.slice(index + 1, index + 3), 'Title') ?? '';
}

/** Continues the numbering of the file: its prefix, its padding, one more than the highest. */
function nextId(entries: readonly Entry[], layout: Layout): string {
  const parts = entries.map(({ id }) => /^(\D*)(\d+)$/.exec(id)).filter((match) => match !== null);
  const preferred = parts.find(([, prefix]) => prefix === 'HITL-') ?? parts[0];
  if (!preferred) return layout.firstId;
  const same = parts.filter(([, prefix]) => prefix === preferred[1]);
  const highest = same.reduce(
    (most, [, , digits]) => (Number(digits) > Number(most) ? (digits as string) : most),
    '0',
  );
  return `${preferred[1]}${String(Number(highest) + 1).padStart(highest.length, '0')}`;
}

function endOfPending(lines: readonly string[], layout: Layout): number {
  const start = lines.findIndex((line) => /^## .*\b(pending|open)\b/i.test(line));
  const next = start === -1 ? -1 : lines.findIndex((line, index) => index > start && /^#{1,2} /.test(line));
  let place = next === -1 ? lines.length : next;
  while (place > 0 && lines[place - 1]?.trim() === '') place -= 1;
  // In files whose entries do not end with a rule, the rule belongs to the next section.
  if (!layout.endsWithRule && place > 0 && lines[place - 1]?.trim() === '---') {
    place -= 1;
    while (place > 0 && lines[place - 1]?.trim() === '') place -= 1;
  }
  // Keep the blank line after what was there before us.
  return lines[place]?.trim() === '' ? place + 1 : place;
}

function trimEnd(lines: readonly string[]): string[] {
  let end = lines.length;
  while (end > 0 && lines[end - 1]?.trim() === '') end -= 1;
  return lines.slice(0, end);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** What others wrote may not forge an entry or a section: titles are one line, descriptions are quoted. */
function clean(facts: RequestFacts): RequestFacts {
  const lines = facts.description.split(/\r?\n/).map((line) => line.trimEnd());
  const description = lines.map((line) =>
    /^\s*(#|---|===|\*\*|```|~~~|- \*\*)/.test(line) ? `> ${line}` : line,
  );
  return { ...facts, title: oneLine(facts.title), description: description.join('\n').trim() };
}
