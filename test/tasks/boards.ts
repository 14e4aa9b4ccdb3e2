import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openTaskBoard } from '../../src/tasks/open.ts';
import type { NewTask, Task, TaskBoard, TaskChange, TaskFilter, TaskPage } from '../../src/tasks/types.ts';

/** Boards in real files, in memory where the machine has such a folder: thousands of them are written. */

export const now = '2026-11-23T12:34:56.789Z';
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const folder = mkdtempSync(path.join(process.env.TEST_FOLDER ?? tmpdir(), 'boards-'));
export const boardFile = path.join(folder, 'tasks.json');

/** A board over a file of this content. One at a time: the next one takes its place. */
export function boardOf(
  content: string | Uint8Array,
  { keepsIndex = true, file = boardFile } = {},
): TaskBoard {
  writeFileSync(file, content);
  return openTaskBoard({ file, now: () => new Date(now), keepsIndex });
}

/** A board with one entry on each line, and what is in its file. */
export function linesOf(content: string): TaskBoard & { text(): string } {
  const file = path.join(folder, 'issues.jsonl');
  return { ...boardOf(content, { file }), text: () => readFileSync(file, 'utf8') };
}

/** The text of a file after a change, and what the caller is told. */
export async function changed(text: string, id: string, change: TaskChange) {
  const told = await boardOf(text).update(id, change);
  return { ...told, text: readFileSync(boardFile, 'utf8') };
}

export const fix: NewTask = {
  title: 'FIX: "unit" fails',
  description: 'One test\nis red',
  type: 'urgent_fix',
  agent: 'Task-Coder',
  priority: 'high',
};

/** The text of a file after a new task. */
export async function added(
  text: string,
  task: Partial<NewTask> = {},
): Promise<{ text: string; task: Task; created: boolean }> {
  const told = await boardOf(text).create({ ...fix, ...task });
  return { ...told, text: readFileSync(boardFile, 'utf8') };
}

/** One page of a file with these entries. */
export function pageOf(entries: readonly object[], filter: TaskFilter): Promise<TaskPage> {
  return boardOf(JSON.stringify(entries)).filter(filter);
}
