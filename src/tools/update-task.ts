import * as z from 'zod';
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
    status: z.string().optional(),
    set: z.record(z.string(), z.unknown()).optional(),
    unset: z.array(z.string()).optional(),
    note: z.string().optional(),
    expectStatus: z.string().optional(),
  }),
  output: z.object({ task: taskShape, changedFields: z.array(z.string()) }),
  async run({ id, status, set, unset, note, expectStatus }, context) {
    const project = await context.project();
    const { task, changedFields } = await update(project, context.caller, id, {
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
