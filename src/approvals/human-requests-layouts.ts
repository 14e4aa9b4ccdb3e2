/** The four layouts of `human-requests.md` that are met in the wild, as data. Pure. */

export interface NewHumanRequest {
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

export type RequestStatus = 'pending' | 'in_progress' | 'resolved';

/** How a file writes the fields of an entry: `- **Type**: x`, `**Type:** x` and so on. */
export interface FieldStyle {
  bullet: string;
  colonInside: boolean;
}

export interface Layout {
  /** First line of an entry: its number or id, and the rest. */
  head: RegExp;
  idOf(mark: string): string;
  /** Id of the first entry in a file that has none. */
  firstId: string;
  /** Used where no entry of the file shows another one. */
  style: FieldStyle;
  /** Whether each entry ends with a line of `---`, where the file does not show it. */
  endsWithRule: boolean;
  statusWords: Record<RequestStatus, string>;
  headLine(id: string, request: NewHumanRequest): string;
  fields(request: NewHumanRequest): Field[];
}

/** A field without a value is left out; `block` puts the value on lines of its own where there are no bullets. */
type Field = [name: string, value: string | undefined, form?: 'block'];

const typeNames: Record<NewHumanRequest['kind'], string> = {
  approval: 'Approval',
  clarification: 'Agent Clarification',
  decision: 'Decision',
  incident: 'Incident',
};
const titleWords = { pending: 'Pending', in_progress: 'In Progress', resolved: 'Resolved' };
const snakeWords = { pending: 'pending', in_progress: 'in_progress', resolved: 'resolved' };

/** `### REQ-1001: Title`, then lines of `**Type:** …`; a rule after each entry. */
const plainFields: Layout = {
  head: /^### ([A-Z][A-Z0-9]*-\d+): ?(.*)$/,
  idOf: (mark) => mark,
  firstId: 'REQ-1001',
  style: { bullet: '', colonInside: true },
  endsWithRule: true,
  statusWords: snakeWords,
  headLine: (id, { title }) => `### ${id}: ${title}`,
  fields: ({ kind, priority, agent, date, taskId, deploymentId, description }) => [
    ['Type', typeNames[kind]],
    ['Priority', priority.toUpperCase()],
    ['Requester', agent],
    ['Date', date],
    ['Task', taskId],
    ['Deployment', deploymentId],
    ['Description', description, 'block'],
    ['Status', snakeWords.pending],
  ],
};

/** `### HITL-001: Title`, then bullets of `- **Type**: …`. */
const bulletFields: Layout = {
  ...plainFields,
  firstId: 'HITL-001',
  style: { bullet: '- ', colonInside: false },
  endsWithRule: false,
  statusWords: titleWords,
  fields: ({ kind, priority, agent, date, taskId, deploymentId, description }) => [
    ['Type', typeNames[kind]],
    ['Priority', capital(priority)],
    ['Submitted By', agent],
    ['Date', date],
    ['Task ID', taskId],
    ['Deployment', deploymentId],
    ['Question', description],
    ['Status', titleWords.pending],
    ['Human Response', '\n- _(Please add your response here)_'],
  ],
};

/** `**REQ-001** | **Priority: High** | **Agent: …** | **Created: …**`, then bullets of `- **Title:** …`. */
const oneLiner: Layout = {
  head: /^\*\*([A-Z][A-Z0-9]*-\d+)\*\* *\|(.*)$/,
  idOf: (mark) => mark,
  firstId: 'REQ-001',
  style: { bullet: '- ', colonInside: true },
  endsWithRule: false,
  statusWords: titleWords,
  headLine: (id, { priority, agent, date }) => {
    const cells = [`Priority: ${capital(priority)}`, `Agent: ${agent}`, `Created: ${date}`];
    return [`**${id}**`, ...cells.map((cell) => `**${cell.replace(/[*|]/g, '')}**`)].join(' | ');
  },
  fields: ({ kind, title, description, taskId, deploymentId }) => [
    ['Title', title],
    ['Type', typeNames[kind]],
    ['Description', description],
    ['Task', taskId],
    ['Deployment', deploymentId],
    ['Status', titleWords.pending],
  ],
};

/** `### Request #001 - Title`, with fields of either kind. */
const numbered: Layout = {
  ...plainFields,
  head: /^### Request #(\d+) - (.*)$/,
  idOf: (mark) => `#${mark}`,
  firstId: '#001',
  endsWithRule: false,
  statusWords: titleWords,
  headLine: (id, { title }) => `### Request ${id} - ${title}`,
  fields: (request) =>
    plainFields.fields(request).map(([name, value, form]) => {
      if (name === 'Priority') return [name, capital(request.priority)];
      return name === 'Status' ? [name, titleWords.pending] : [name, value, form];
    }),
};

/** What a file without entries gets. */
export const firstLayout = plainFields;

/** Recognises the first line of an entry. Its fields tell the two layouts apart that begin alike. */
export function readHead(
  line: string,
  style?: FieldStyle,
): { layout: Layout; id: string; title?: string; priority?: string } | undefined {
  for (const layout of [style?.bullet ? bulletFields : plainFields, oneLiner, numbered]) {
    const [, mark, rest] = layout.head.exec(line) ?? [];
    if (mark === undefined || rest === undefined) continue;
    const id = layout.idOf(mark);
    if (layout !== oneLiner) return { layout, id, title: rest.trim() };
    return { layout, id, priority: /\*\*Priority: *([^*|]+)\*\*/i.exec(rest)?.[1]?.trim() };
  }
  return undefined;
}

/** The lines of a new entry, without line ends. */
export function writeEntry(
  layout: Layout,
  style: FieldStyle,
  id: string,
  request: NewHumanRequest,
): string[] {
  const lines = [layout.headLine(id, request)];
  for (const [name, value, form] of layout.fields(request)) {
    if (value === undefined) continue;
    if (form === 'block' && style.bullet === '') {
      lines.push('', writeField(style, name, ''), ...value.split('\n'), '');
    } else lines.push(...writeField(style, name, value).split('\n'));
  }
  return lines;
}

/** One field; a value of several lines stays inside its bullet. */
export function writeField({ bullet, colonInside }: FieldStyle, name: string, value: string): string {
  const label = colonInside ? `**${name}:**` : `**${name}**:`;
  const [first = '', ...more] = value.split('\n');
  const rest = more.map((line) => (line === '' ? '' : `  ${line}`));
  return [`${bullet}${label} ${first}`.trimEnd(), ...rest].join('\n');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
