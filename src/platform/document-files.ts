import * as fs from 'node:fs/promises';
import { path, readTextIfExists } from './files.ts';

const documentName = /^deployment[\w.-]*\.md$/i;

/** The `deployment*.md` files of a project, at its top and in docs/. Names are relative to the project. */
export async function documentNames(projectDir: string): Promise<string[]> {
  const names: string[] = [];
  for (const folder of ['', 'docs']) {
    const entries = await fs.readdir(path.join(projectDir, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isFile() && documentName.test(entry.name)) names.push(path.posix.join(folder, entry.name));
    }
  }
  return names.sort();
}

/** Whether a file of that name would be one of those. */
export function isDocumentName(name: string): boolean {
  const [file = '', ...folders] = name.split('/').reverse();
  return documentName.test(file) && (folders.length === 0 || (folders.length === 1 && folders[0] === 'docs'));
}

/** Makes the folder of such a file where it is missing. @returns whether it is a folder of the project itself */
export async function prepareDocumentFolder(projectDir: string, name: string): Promise<boolean> {
  const folder = path.join(projectDir, path.dirname(name));
  if (path.resolve(folder) === path.resolve(projectDir)) return true;
  await fs.mkdir(folder, { recursive: true });
  return (await fs.lstat(folder)).isDirectory();
}

/** The text of one of those files; undefined for any other name, so that no path leads elsewhere. */
export async function readDocument(projectDir: string, name: string): Promise<string | undefined> {
  if (!(await documentNames(projectDir)).includes(name)) return undefined;
  return readTextIfExists(path.join(projectDir, name));
}
