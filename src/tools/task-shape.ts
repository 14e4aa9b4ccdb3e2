import * as z from 'zod';
import type { Task } from '../tasks/types.ts';

/** A task in a result: what every dialect has. */
export const taskShape = z.object({
  id: z.string(),
  title: z.string(),
  type: z.string().optional(),
  status: z.string().optional(),
  priority: z.string().optional(),
  agent: z.string().optional(),
});

export function briefTask({ id, title, type, status, priority, agent }: Task): z.input<typeof taskShape> {
  return {
    id,
    title,
    type,
    status,
    priority,
    agent,
  };
}
