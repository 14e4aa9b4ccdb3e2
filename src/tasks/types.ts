/** The task board as the rest of the house sees it, whatever dialect the file on disk speaks. */

/** One entry, normalised for reading. `entry` is the parsed original, untouched. */
export interface Task {
  id: string;
  title: string;
  description?: string;
  type?: string;
  status?: string;
  priority?: string;
  agent?: string;
  dependencies?: string[];
  /** Whether every dependency is done, and which are not; where a filter asked for it. */
  ready?: boolean;
  waitingFor?: string[];
  entry: Readonly<Record<string, unknown>>;
}

export interface TaskFilter {
  agent?: string | string[];
  type?: string | string[];
  status?: string | string[];
  priority?: string | string[];
  ids?: string[];
  /** Case-insensitive search in title and description. */
  text?: string;
  sort?: 'priority' | 'id' | 'created' | 'file';
  limit?: number;
  cursor?: string;
  /** Tell of each task whether its dependencies are done. */
  withReadiness?: boolean;
}

export interface TaskPage {
  tasks: Task[];
  total: number;
  nextCursor?: string;
}

export interface TaskChange {
  status?: string;
  /** Field names as the file spells them, dots reach into objects (`payload.title`). */
  set?: Record<string, unknown>;
  unset?: string[];
  /** Appended to the entry's notes (`result.message` where the dialect has it). */
  note?: string;
  /** Refused with TASK_CHANGED when the entry's status is another one. */
  expectStatus?: string;
}

export interface NewTask {
  title: string;
  description: string;
  type: string;
  agent: string;
  priority: string;
  /** Status word as the dialect spells "pending". Default: pending. */
  status?: string;
  /** Machine-readable origin, kept in the entry so that the same cause finds the same task again. */
  cause?: Record<string, string>;
  dependencies?: string[];
}

export interface TaskBoard {
  /** @throws TASKS_MISSING, TASKS_INVALID, INVALID_CURSOR */
  filter(filter: TaskFilter): Promise<TaskPage>;
  /** @throws TASKS_MISSING, TASKS_INVALID, UNKNOWN_TASK, TASK_DUPLICATE */
  get(id: string): Promise<Task>;
  /**
   * Writes only the bytes of this entry.
   * @throws as `get`, and TASK_CHANGED, TASKS_BUSY, INVALID_ARGUMENTS, DEPENDENCY_UNKNOWN, DEPENDENCY_CYCLE
   */
  update(id: string, change: TaskChange): Promise<{ task: Task; changedFields: string[] }>;
  /**
   * Appends an entry in the file's own dialect, id style and numbering. With a `cause` that an entry which is
   * not finished yet already carries, returns that one and `created: false`.
   */
  create(task: NewTask): Promise<{ task: Task; created: boolean }>;
}
