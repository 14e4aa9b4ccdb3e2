import * as z from 'zod/mini';
import type { Task } from '../tasks/types.ts';

/** A task in a result: what every dialect has. */
export const taskShape = z.object({
  id: z.string(),
  title: z.string(),
  type: z.optional(z.string()),
  status: z.optional(z.string()),
  priority: z.optional(z.string()),
  agent: z.optional(z.string()),
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
