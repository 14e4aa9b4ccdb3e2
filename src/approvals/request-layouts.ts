/** The four layouts of `human-requests.md` that are met in the wild, as data. Pure. */

export interface RequestFacts {
  kind: 'approval' | 'clarification' | 'decision' | 'incident';
  title: string;
  description: string;
  priority: string;
  /** Who asks. */
  agent: string;
  taskId?: string;
  deploymentId?: string;
  /** `2026-11-23` */
  date: string;
}

export interface Layout {
  head: RegExp;
  /** What the line after the head looks like, where the head alone does not tell. */
  nextLine?: RegExp;
  /** Builds the id from the head's first group. */
  idOf(mark: string): string;
  firstId: string;
  /** Whether every entry ends with a line of `---`. */
  endsWithRule: boolean;
  write(id: string, facts: RequestFacts): string[];
  /** The entry's lines, marked as resolved. */
  resolve(lines: string[], note: string): string[];
}

const types: Record<RequestFacts['kind'], string> = {
  approval: 'Approval',
  clarification: 'Agent Clarification',
  decision: 'Decision',
  incident: 'Incident',
};

/** `### REQ-1001: Title` with `**Type:**` lines. */
const headings: Layout = {
  head: /^### ([A-Z]+-\d+): (.*)$/,
  idOf: (mark) => mark,
  firstId: 'REQ-1001',
  endsWithRule: true,
  write: (id, { kind, title, description, priority, agent, taskId, deploymentId, date }) => [
    `### ${id}: ${title}`,
    `**Type:** ${types[kind]}`,
    `**Priority:** ${priority.toUpperCase()}`,
    `**Requester:** ${agent}`,
    `**Date:** ${date}`,
    ...(taskId ? [`**Task:** ${taskId}`] : []),
    ...(deploymentId ? [`**Deployment:** ${deploymentId}`] : []),
    '',
    '**Description:**',
    ...description.split('\n'),
    '',
    '**Status:** pending',
    '',
    '---',
  ],
  resolve: (lines, note) =>
    lines.map((line) => (/^\*\*Status:\*\*/.test(line) ? `**Status:** resolved. ${note}` : line)),
};

/** `### HITL-001: Title` with `- **Type**:` bullets. */
const bullets: Layout = {
  head: /^### ([A-Z]+-\d+): (.*)$/,
  nextLine: /^- \*\*/,
  idOf: (mark) => mark,
  firstId: 'HITL-001',
  endsWithRule: false,
  write: (id, { kind, title, description, priority, agent, taskId, deploymentId, date }) => [
    `### ${id}: ${title}`,
    `- **Type**: ${types[kind]}`,
    `- **Priority**: ${capital(priority)}`,
    `- **Submitted By**: ${agent}`,
    `- **Date**: ${date}`,
    ...(taskId ? [`- **Task ID**: ${taskId}`] : []),
    ...(deploymentId ? [`- **Deployment**: ${deploymentId}`] : []),
    `- **Question**: ${indented(description)}`,
    '- **Status**: Pending',
    '- **Human Response**: ',
    '  - _(Please add your response here)_',
  ],
  resolve: (lines, note) =>
    lines.map((line) => (/^- \*\*Status\*\*:/.test(line) ? `- **Status**: Resolved. ${note}` : line)),
};

/** `**REQ-001** | **Priority: High** | …` with bullets. */
const oneLiners: Layout = {
  head: /^\*\*([A-Z]+-\d+)\*\* \|(.*)$/,
  idOf: (mark) => mark,
  firstId: 'REQ-001',
  endsWithRule: false,
  write: (id, { kind, title, description, priority, agent, taskId, deploymentId, date }) => [
    `**${id}** | **Priority: ${capital(priority)}** | **Agent: ${agent}** | **Created: ${date}**`,
    `- **Title:** ${title}`,
    `- **Type:** ${types[kind]}`,
    `- **Description:** ${indented(description)}`,
    ...(taskId ? [`- **Task:** ${taskId}`] : []),
    ...(deploymentId ? [`- **Deployment:** ${deploymentId}`] : []),
    '- **Status:** Pending',
  ],
  resolve: (lines, note) =>
    lines.map((line) => (/^- \*\*Status:\*\*/.test(line) ? `- **Status:** Resolved. ${note}` : line)),
};

/** `### Request #001 - Title`. */
const numbered: Layout = {
  ...headings,
  head: /^### Request #(\d+) - (.*)$/,
  idOf: (mark) => `#${mark}`,
  firstId: '#001',
  write: (id, facts) => [`### Request ${id} - ${facts.title}`, ...headings.write(id, facts).slice(1)],
};

/** The first one is for files without entries; a more special head stands before one that would match it too. */
export const layouts: readonly [Layout, ...Layout[]] = [headings, bullets, oneLiners, numbered];

/** The layout whose entries begin like this line, with id and title. */
export function layoutOf(line: string, next = ''): { layout: Layout; id: string; title: string } | undefined {
  for (const layout of [bullets, headings, oneLiners, numbered]) {
    const match = layout.head.exec(line);
    if (!match || layout.nextLine?.test(next) === false) continue;
    const title = layout === oneLiners ? '' : (match[2] ?? '').trim();
    return { layout, id: layout.idOf(match[1] ?? ''), title };
  }
  return undefined;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

/** A description of several lines stays inside its bullet. */
function indented(description: string): string {
  return description.replaceAll('\n', '\n  ').trim();
}
