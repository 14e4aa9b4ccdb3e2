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

/**
 * Packs one small text, as `packFolder` would pack a folder that has only this file.
 * @returns `sha256:<hex>` and the absolute path
 */
export async function packText(
  name: string,
  text: string,
  intoDir: string,
): Promise<{ digest: string; path: string }> {
  await fs.mkdir(intoDir, { recursive: true });
  const folder = await fs.mkdtemp(path.join(intoDir, '.packing-'));
  try {
    await fs.writeFile(path.join(folder, name), text, { mode: 0o644 });
    return await packFolder(folder, intoDir);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

const maxTextBytes = 4_096;

/** The text of the only file of an archive; undefined when it has others, or another one, or a large one. */
export async function readPackedText(archive: string, name: string): Promise<string | undefined> {
  const { list } = await import('tar');
  const found: string[] = [];
  let text = '';
  await list({
    file: archive,
    strict: true,
    onReadEntry: (entry) => {
      found.push(entry.path);
      if (entry.path !== name || entry.size > maxTextBytes) return;
      entry.on('data', (chunk: Uint8Array) => {
        text += Buffer.from(chunk).toString('utf8');
      });
    },
  });
  return found.length === 1 && found[0] === name ? text : undefined;
}
