import * as fs from 'node:fs/promises';
import { digestOfFile } from './digest.ts';
import { path } from './files.ts';
import { newId } from './identifiers.ts';

/**
 * Packs a folder into a tar file whose bytes depend only on names, modes and contents: sorted entries, no times,
 * no owners. `.git` stays out. The file is named by its digest.
 * @returns `sha256:<hex>` and the absolute path
 */
export async function packFolder(folder: string, intoDir: string): Promise<{ digest: string; path: string }> {
  await fs.mkdir(intoDir, { recursive: true });
  const names = (await fs.readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => name !== '.git' && !name.startsWith(`.git${path.sep}`))
    .sort();
  const draft = path.join(intoDir, `.${newId('ev')}.tar.tmp`);
  try {
    const { create } = await import('tar');
    await create(
      { file: draft, cwd: folder, portable: true, mtime: new Date(0), noDirRecurse: true, follow: false },
      names.map((name) => (name.startsWith('@') ? `./${name}` : name)), // "@x" would mean "the archive x" to tar
    );
    const digest = await digestOfFile(draft);
    const file = path.join(intoDir, `${digest.slice('sha256:'.length)}.tar`);
    await fs.rename(draft, file);
    return { digest, path: file };
  } finally {
    await fs.rm(draft, { force: true });
  }
}
