import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endDockersIn } from './testbed/docker.ts';

/**
 * A folder for what test files share and none of them can remove: workers keep modules from file to file, and are
 * killed at the end. In memory where the machine has such a folder: thousands of boards are written.
 */
export default function setup(): () => Promise<void> {
  const folder = mkdtempSync(
    path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'devops-engineer-tests-'),
  );
  process.env.TEST_FOLDER = folder;
  return async () => {
    await endDockersIn(folder);
    rmSync(folder, { recursive: true, force: true });
  };
}
