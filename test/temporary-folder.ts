import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endDockersIn } from './testbed/docker.ts';

/**
 * A folder for what test files share and none of them can remove: workers keep modules from file to file, and are
 * killed at the end. In memory where the machine has such a folder: thousands of boards are written, and a project's
 * database waits for the disk at every change.
 */
export default function setup(): () => Promise<void> {
  const folder = inMemory('/dev/shm') ?? mkdtempSync(path.join(tmpdir(), prefix));
  process.env.TEST_FOLDER = folder;
  return async () => {
    await endDockersIn(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
}

const prefix = 'devops-engineer-tests-';
const enoughBytes = 2 << 30;

/** A new folder in `parent`, or undefined where that has little room or lets nothing run: containers' often are so. */
function inMemory(parent: string): string | undefined {
  if (!existsSync(parent)) return undefined;
  const { bavail, bsize } = statfsSync(parent);
  if (bavail * bsize < enoughBytes) return undefined;
  const folder = mkdtempSync(path.join(parent, prefix));
  const program = path.join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  try {
    execFileSync(program);
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}
