import type { Tool } from './define.ts';
import { filterTasks } from './filter-tasks.ts';
import { updateTask } from './update-task.ts';

/** The tools that need the task board and nothing else: a command line that asks for one of them loads no more. */
export const boardTools: readonly Tool[] = [filterTasks, updateTask];
