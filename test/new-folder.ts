import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new folder of a test's own, under its real name; whoever asked for it removes it. */
export async function newFolder(prefix: string): Promise<string> {
  return fs.realpath(await fs.mkdtemp(path.join(process.env.TEST_FOLDER ?? tmpdir(), prefix)));
}
