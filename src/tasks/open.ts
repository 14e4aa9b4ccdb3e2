import { path } from '../platform/files.ts';
import { openFolderBoard } from './folder-board.ts';
import { type BoardSettings, openFileBoard } from './store.ts';
import type { TaskBoard } from './types.ts';

/** Opens a task board of any layout: one file, or an `index.json` of stubs with a file for each task beside it. */
export function openTaskBoard(settings: BoardSettings): TaskBoard {
  const board = openFileBoard(settings);
  return path.basename(settings.file) === 'index.json' ? openFolderBoard(board, settings) : board;
}
