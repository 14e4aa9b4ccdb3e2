import { withoutInvisible } from '../evidence/untrusted.ts';
import type { NewHumanRequest } from './human-requests-layouts.ts';

/** What agents and reports say, made safe to stand in a Markdown file that people and programs read. Pure. */

// Everything that one reader or another takes for the end of a line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const lineBreak = /\r\n|[\n\r\v\f\u001C-\u001E\u0085\u2028\u2029]/;
// Headings (also by a line of - or = below a text), rules, fences, and what looks like a field or an entry.
const structure = /^\s*(?:#|---|`{3}|~{3}|(?:[-*+]\s+)?\*\*|=+\s*$|-+\s*$|(?:[-*_]\s*){3,}$)/;

/** What others wrote may not forge an entry, a section or a field: titles are one line, such lines are quoted. */
export function withoutForgery(request: NewHumanRequest): NewHumanRequest {
  const description = request.description
    .split(lineBreak)
    .map((line) => plain(line).trimEnd())
    .map((line) => (structure.test(line) ? `> ${line.trimStart()}` : line))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return {
    ...request,
    title: plainLine(request.title) || request.kind,
    description: description || '(none)',
    priority: plainLine(request.priority),
    agent: plainLine(request.agent),
    taskId: request.taskId && plainLine(request.taskId),
    deploymentId: request.deploymentId && plainLine(request.deploymentId),
  };
}

/** Any text on one line, for titles and values. */
export function plainLine(text: string): string {
  return plain(text.split(lineBreak).join(' ')).replace(/\s+/g, ' ').trim();
}

/** Without invisible characters, and with tags that stay text: an open comment or tag would hide what follows. */
function plain(text: string): string {
  return withoutInvisible(text).replace(/<(?=[a-z/!?])/gi, '\\<');
}
