import * as z from 'zod/mini';
import { updateTask as update } from '../tasks/commands.ts';
import { defineTool } from './define.ts';
import { briefTask, taskShape } from './task-shape.ts';

export const updateTask = defineTool({
  name: 'updateTask',
  title: 'Update a task',
  effect: 'record',
  description:
    'Changes one task entry; every other byte of the file stays. expectStatus guards against concurrent change.',
  input: z.strictObject({
    id: z.string(),
    status: z.optional(z.string()),
    set: z.optional(z.record(z.string(), z.unknown())),
    unset: z.optional(z.array(z.string())),
    note: z.optional(z.string()),
    expectStatus: z.optional(z.string()),
  }),
  output: z.object({ task: taskShape, changedFields: z.array(z.string()) }),
  async run({ id, status, set, unset, note, expectStatus }, context) {
    const board = await context.board();
    const { task, changedFields } = await update(board, context.caller, id, {
      status,
      set,
      unset,
      note,
      expectStatus,
    });
    return { task: briefTask(task), changedFields };
  },
  render: ({ task, changedFields }) =>
    changedFields.length === 0
      ? `${task.id}: nothing to change`
      : `${task.id}: ${task.status ?? ''}; changed ${changedFields.join(', ')}`,
});
