import { DevopsError } from '../errors.ts';
import { sleep, timestamp } from '../platform/clock.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { type FileVersion, readVersioned, versionOf } from '../platform/file-version.ts';
import { replaceFile } from '../platform/files.ts';
import { type Board, entryById, readBoard } from './board.ts';
import { changeTask } from './change.ts';
import { addTask } from './create.ts';
import { pageOf } from './page.ts';
import type { TaskBoard } from './types.ts';

/** How often a change is made anew because another program rewrote the file meanwhile. */
const maxAttempts = 10;

/** How long a program that writes in place may leave the file half written before we call it broken. */
const settleMs = 100;
const settlePauseMs = 20;

/**
 * The task board in a file that other programs and people also edit. Every call reads the file anew. Writers of
 * ours take turns; a program that knows nothing of our lock is noticed by the file's version just before the file
 * is replaced, and the change is then made again to what that program wrote.
 */
export function openTaskBoard({ file, now }: { file: string; now: () => Date }): TaskBoard {
  const context = () => ({ file, now: timestamp(now()) });
  const read = async () => (await readSettled(file)).board;
  return {
    filter: async (filter) => pageOf(await read(), filter),
    get: async (id) => entryById(await read(), id).task,
    async update(id, change) {
      const { task, changedFields } = await rewrite(file, (board) =>
        changeTask(board, id, change, context()),
      );
      return { task, changedFields };
    },
    async create(newTask) {
      const freshUuid = crypto.randomUUID();
      const { task, created } = await rewrite(file, (board) =>
        addTask(board, newTask, { ...context(), freshUuid }),
      );
      return { task, created };
    },
  };
}

/** Replaces the file by what `plan` makes of the newest board, unless it makes nothing. */
async function rewrite<Plan extends { bytes?: Uint8Array }>(
  file: string,
  plan: (board: Board) => Plan,
): Promise<Plan> {
  if ((await versionOf(file)) === undefined) throw missing(file);
  return withFileLock(file, async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { board, version } = await readSettled(file);
      const planned = plan(board);
      if (!planned.bytes) return planned;
      // Asked after the new bytes are safe on disk, so that only the rename itself is left to race with.
      const onlyIf = async () => (await versionOf(file)) === version;
      const replaced = await replaceFile(file, planned.bytes, { onlyIf }).catch((error: unknown) => {
        throw fileFailed('write', file, error);
      });
      if (replaced) return planned;
    }
    throw new DevopsError('TASKS_BUSY', `another program keeps rewriting ${file}; nothing was written`, {
      remedy: 'Try again when it is done.',
    });
  });
}

/** Reads the board. Programs that write in place leave it broken for a moment: that moment is waited for. */
async function readSettled(file: string): Promise<{ board: Board; version: FileVersion }> {
  const deadlineMs = performance.now() + settleMs;
  for (;;) {
    const content = await readVersioned(file).catch((error: unknown) => {
      throw fileFailed('read', file, error);
    });
    if (!content) throw missing(file);
    try {
      return { board: readBoard(content.bytes, file), version: content.version };
    } catch (error) {
      if (performance.now() >= deadlineMs) throw error;
    }
    await sleep(settlePauseMs);
  }
}

function missing(file: string): DevopsError {
  return new DevopsError('TASKS_MISSING', `there is no task file at ${file}`, {
    remedy: 'Run `devops-engineer init` to create one, or set "tasks" in devops.yaml to the file you use.',
  });
}

function fileFailed(verb: 'read' | 'write', file: string, error: unknown): DevopsError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DevopsError('FILE_FAILED', `cannot ${verb} ${file}: ${reason}`, {
    remedy: `Let this user ${verb} the file and its folder.`,
    cause: error,
  });
}
