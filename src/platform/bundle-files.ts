import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DevopsError } from '../errors.ts';
import { digestOfFile, sha256 } from './digest.ts';
import { exists, isErrno, path } from './files.ts';

/** A set of files that belong together, as a folder or as a tar file. */

export interface PackedFile {
  path: string;
  bytes: number;
  /** `sha256:<hex>` */
  digest: string;
}

/** A folder in the making; it appears under its name once it is whole, or not at all. */
export interface BundleDraft {
  /** Text, or a copy of a file; undefined where that is not there. */
  add(name: string, content: string | { file: string }): Promise<PackedFile | undefined>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** @param out a name that is free; with the ending `.tar` a tar file is made @throws FILE_FAILED */
export async function openDraft(out: string): Promise<BundleDraft> {
  if (await exists(out)) {
    throw new DevopsError('FILE_FAILED', `${out} is there already`, {
      remedy: 'Name a file or folder that does not exist yet; nothing is overwritten.',
    });
  }
  const parent = path.dirname(path.resolve(out));
  const folder = await fs.mkdtemp(path.join(parent, '.bundle-')).catch((error: Error) => {
    throw new DevopsError('FILE_FAILED', `cannot write in ${parent}: ${error.message}`, {
      remedy: 'Name a place in a folder that exists and is writable.',
      cause: error,
    });
  });
  return {
    async add(name, content) {
      const file = path.join(folder, name);
      await fs.mkdir(path.dirname(file), { recursive: true });
      if (typeof content === 'string') {
        await fs.writeFile(file, content, { flag: 'wx' });
        return { path: name, bytes: Buffer.byteLength(content), digest: `sha256:${sha256(content)}` };
      }
      try {
        await fs.copyFile(content.file, file, fs.constants.COPYFILE_EXCL);
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return undefined;
        throw error;
      }
      await fs.chmod(file, 0o644);
      return { path: name, bytes: (await fs.stat(file)).size, digest: await digestOfFile(file) };
    },
    async finish() {
      if (!out.endsWith('.tar')) {
        await fs.chmod(folder, 0o755);
        return fs.rename(folder, out);
      }
      const { create } = await import('tar');
      const draft = `${folder}.tar`;
      try {
        const names = (await filesBelow(folder)).files;
        await create({ file: draft, cwd: folder, portable: true, noDirRecurse: true }, names);
        await fs.rename(draft, out);
      } finally {
        await fs.rm(draft, { force: true });
        await fs.rm(folder, { recursive: true, force: true });
      }
    },
    discard: () => fs.rm(folder, { recursive: true, force: true }),
  };
}

export interface OpenedBundle {
  folder: string;
  /** Regular files, relative to the folder. */
  files: string[];
  /** What is neither a regular file nor a folder. */
  odd: string[];
  close(): Promise<void>;
}

/** Opens a folder, or a tar file in a folder of its own. @throws FILE_FAILED */
export async function openBundle(place: string): Promise<OpenedBundle> {
  const stat = await fs.lstat(place).catch(() => undefined);
  if (stat?.isDirectory()) {
    return { folder: place, ...(await filesBelow(place)), close: async () => undefined };
  }
  if (!stat?.isFile()) {
    throw new DevopsError('FILE_FAILED', `${place} is no bundle: there is no such folder or file`, {
      remedy: 'Give the folder or the .tar file that "audit export --deployment ID --out PATH" wrote.',
    });
  }
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'devops-bundle-'));
  const close = () => fs.rm(folder, { recursive: true, force: true });
  const odd: string[] = [];
  const seen = new Set<string>();
  try {
    const { extract } = await import('tar');
    extract({
      file: place,
      cwd: folder,
      strict: true,
      // Otherwise files begun before an error go on being written, into a folder that is being removed.
      sync: true,
      filter: (name, entry) => {
        const kind = 'type' in entry ? entry.type : undefined;
        // Of two with one name only the last would be looked at.
        if (kind !== 'Directory' && (kind !== 'File' || seen.has(name))) odd.push(name);
        seen.add(name);
        return kind === 'File' || kind === 'Directory';
      },
    });
    const found = await filesBelow(folder);
    return { folder, files: found.files, odd: [...odd, ...found.odd], close };
  } catch (error) {
    await close();
    throw new DevopsError(
      'FILE_FAILED',
      `${place} is no tar file that can be read: ${(error as Error).message}`,
      {
        remedy:
          'Give the folder or the .tar file that "audit export --deployment ID --out PATH" wrote, unchanged.',
        cause: error,
      },
    );
  }
}

/** Digest of the first bytes of a file; undefined where it has fewer, or is not there. */
export async function digestOfBeginning(file: string, bytes: number): Promise<string | undefined> {
  const handle = await fs.open(file, 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256');
    let left = bytes;
    if (bytes > 0) {
      for await (const chunk of handle.createReadStream({ end: bytes - 1, autoClose: false })) {
        hash.update(chunk as Uint8Array);
        left -= (chunk as Uint8Array).length;
      }
    }
    return left === 0 ? `sha256:${hash.digest('hex')}` : undefined;
  } finally {
    await handle.close();
  }
}

/** How much a file has now, and what it says. */
export async function markOfFile(file: string): Promise<{ bytes: number; digest: string } | undefined> {
  const stat = await fs.stat(file).catch(() => undefined);
  if (!stat) return undefined;
  const digest = await digestOfBeginning(file, stat.size);
  return digest === undefined ? undefined : { bytes: stat.size, digest };
}

async function filesBelow(folder: string): Promise<{ files: string[]; odd: string[] }> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const named = entries.map((entry) => ({
    entry,
    name: path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'),
  }));
  return {
    files: named.flatMap(({ entry, name }) => (entry.isFile() ? [name] : [])).sort(),
    odd: named.flatMap(({ entry, name }) => (entry.isFile() || entry.isDirectory() ? [] : [name])),
  };
}
