import { constants } from 'node:fs';
import { copyFile, link, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A project folder around a board, as ours is started in. */
export interface BenchProject {
  dir: string;
  tasks: string;
  remove(): Promise<void>;
}

export const ourCli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Readers share the board's own bytes; whoever writes gets a copy, whatever way it writes. */
export async function benchProject(board: string, use: 'read' | 'write'): Promise<BenchProject> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bench-tasks-'));
  const tasks = path.join(dir, 'tasks.json');
  if (use === 'read') await link(board, tasks);
  else await copySettled(board, tasks);
  return { dir, tasks, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** The copy is on disk before anybody is measured, or the first to write would wait for it too. */
async function copySettled(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const handle = await open(to, 'r+');
  await handle.sync();
  await handle.close();
}
