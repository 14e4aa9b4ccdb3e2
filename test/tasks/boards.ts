import { type Board, readBoard } from '../../src/tasks/board.ts';
import { changeTask } from '../../src/tasks/change.ts';
import { addTask } from '../../src/tasks/create.ts';
import type { NewTask, Task, TaskChange } from '../../src/tasks/types.ts';
import { bytesOf } from './documents.ts';

export const now = '2026-11-23T12:34:56.789Z';
export const freshUuid = '0f8fad5b-d9cb-469f-a165-70867728950e';

export const boardOf = (text: string): Board => readBoard(bytesOf(text), 'tasks.json');

/** The text of a file after a change, and what the caller is told. */
export function changed(text: string, id: string, change: TaskChange) {
  const { bytes, ...told } = changeTask(boardOf(text), id, change, { file: 'tasks.json', now });
  return { ...told, text: bytes === undefined ? text : decode(bytes) };
}

export const fix: NewTask = {
  title: 'FIX: "unit" fails',
  description: 'One test\nis red',
  type: 'urgent_fix',
  agent: 'Task-Coder',
  priority: 'high',
};

/** The text of a file after a new task. */
export function added(
  text: string,
  task: Partial<NewTask> = {},
): { text: string; task: Task; created: boolean } {
  const { bytes, ...told } = addTask(
    boardOf(text),
    { ...fix, ...task },
    { file: 'tasks.json', now, freshUuid },
  );
  return { ...told, text: bytes === undefined ? text : decode(bytes) };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
