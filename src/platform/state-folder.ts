import * as fs from 'node:fs/promises';
import { exists, path } from './files.ts';

/** Makes `.devops` with its own `.gitignore`: our state never gets into anybody's commit. */
export async function prepareStateFolder(stateDir: string): Promise<void> {
  await fs.mkdir(path.join(stateDir, 'logs'), { recursive: true, mode: 0o700 });
  const ignore = path.join(stateDir, '.gitignore');
  if (!(await exists(ignore))) await fs.writeFile(ignore, '*\n');
}
