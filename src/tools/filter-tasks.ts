import * as z from 'zod/mini';
import type { Task } from '../tasks/types.ts';
import { defineTool } from './define.ts';
import { fence, maxCellLength, table } from './text.ts';

const pattern = z.optional(z.union([z.string(), z.array(z.string())]));
const defaultFields = ['id', 'title', 'type', 'status', 'priority', 'agent'];
const maxValueLength = 300;

/**
 * Our own actionable work. `monitoring_setup` and plain `deployment` exist in the wild and match no `deployment_*`; boards
 * of others have words of their own for what nobody has begun.
 */
const ourWork = {
  agent: 'DevOps-Engineer',
  type: 'deployment|deployment_*|infrastructure_*|monitoring_*',
  status: 'pending|todo|to_do|open',
};

export const filterTasks = defineTool({
  name: 'filterTasks',
  title: 'Filter tasks',
  effect: 'read',
  description:
    'Tasks by filter, never the whole file. Without filters: pending DevOps-Engineer work, most urgent first. Filters take globs and "|".',
  input: z.strictObject({
    agent: pattern,
    type: pattern,
    status: pattern,
    priority: pattern,
    ids: z.optional(z.array(z.string())),
    text: z.optional(z.string()),
    fields: z
      .optional(z.array(z.string()))
      .check(z.describe('e.g. description, payload.x; ready, waitingFor: dependencies')),
    sort: z.optional(z.enum(['priority', 'id', 'created', 'file'])),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(200)), 20),
    cursor: z.optional(z.string()),
  }),
  output: z.object({
    tasks: z.array(z.looseObject({ id: z.string() })),
    total: z.int(),
    nextCursor: z.optional(z.string()),
  }),
  async run({ fields = defaultFields, ...filter }, context) {
    const { agent, type, status, priority, ids, text } = filter;
    const unfiltered = [agent, type, status, priority, ids, text].every((one) => one === undefined);
    const board = await context.tasks();
    const withReadiness = fields.some((field) => field === 'ready' || field === 'waitingFor');
    const page = await board.filter({ ...filter, ...(unfiltered ? ourWork : {}), withReadiness });
    return { ...page, tasks: page.tasks.map((task) => project(task, fields)) };
  },
  render({ tasks, total, nextCursor }) {
    if (tasks.length === 0) return 'No task matches.';
    const head = Object.keys(tasks[0] ?? {});
    const rows = tasks.map((task) => head.map((field) => asText(task[field])));
    const isCut = rows.some((cells) => cells.some((cell) => cell.length > maxCellLength));
    const whole = isCut ? '\nCells are cut (…): tasks://{id} has all of a task.' : '';
    const more = nextCursor === undefined ? '' : `\nMore: cursor "${nextCursor}"`;
    return `${tasks.length} of ${total}\n${fence('tasks', table(head, rows))}${whole}${more}`;
  },
});

/** The named fields of a task, by their normalised name or by their path in the entry. */
function project(task: Task, fields: readonly string[]): { id: string; [field: string]: unknown } {
  const row: { id: string; [field: string]: unknown } = { id: task.id };
  for (const field of fields) {
    const value = field in task && field !== 'entry' ? task[field as keyof Task] : valueAt(task.entry, field);
    if (value !== undefined) row[field] = typeof value === 'string' ? shorten(value, task.id) : value;
  }
  return row;
}

/** A long text, cut, and where all of it is. */
function shorten(text: string, id: string): string {
  const missing = text.length - maxValueLength;
  return missing <= 0 ? text : `${text.slice(0, maxValueLength)}… (+${missing} characters in tasks://${id})`;
}

function valueAt(entry: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = entry;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function asText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
