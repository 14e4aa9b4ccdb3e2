import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { doWithoutOptimizing } from '../platform/compilers.ts';
import { prepareThread, searchThread } from '../platform/threads.ts';
import { usualPlaces } from '../tasks/usual-places.ts';
import type { BoardCall } from './board-call.ts';

/**
 * The short way to the task board, bundled apart: nothing that only the long way needs is loaded. While the rest of the
 * program is, a thread starts that helps with a large file.
 */

/** Below, a thread is not worth its start. */
const largeBytes = 64 << 20;
/** Up to here a change ends before optimised code would gain what making it costs. */
const briefBytes = 128 << 20;

/** @returns the exit code */
export async function callBoardTool({ tool, text, project, json, exitCode }: BoardCall): Promise<number> {
  const bytes = sizeOfBoard(project ?? '.');
  if (tool === 'filterTasks' && bytes >= largeBytes) prepareThread(searchThread);
  if (tool === 'updateTask' && bytes <= briefBytes) doWithoutOptimizing();
  const { boardTools, callOnce, parseCallArguments, withExitCode } = await import('./board-rest.ts');
  const boardTool = boardTools.find(({ name }) => name === tool);
  if (!boardTool) throw new Error(`${tool} is no tool of the task board`);
  const options = { json, exitCode, ...(project === undefined ? {} : { project }) };
  return withExitCode(json, async () => callOnce(boardTool, parseCallArguments(text), options));
}

/** A guess: another file may be configured, and another folder be the project's. Nothing depends on it but time. */
function sizeOfBoard(folder: string): number {
  const file = usualPlaces.map((place) => path.join(folder, place)).find(existsSync);
  return file === undefined ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}
