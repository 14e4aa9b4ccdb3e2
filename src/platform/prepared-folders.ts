import * as fs from 'node:fs/promises';
import { sha256 } from './digest.ts';
import { exists, listFolder, path, readIfExists } from './files.ts';
import { newId } from './identifiers.ts';

/**
 * What commands made from a few input files, kept by the digest of these. A result is made in a folder that holds the
 * inputs and nothing else, so that it cannot depend on anything but them: what one commit put into it, another commit
 * with the same inputs would have got too.
 */
export interface PreparedFolders {
  /** Puts what was kept under a key into a checkout. @returns whether there was something to put */
  restore(key: string, checkoutDir: string): Promise<boolean>;
  /**
   * Lets `make` work in a folder with the inputs alone and keeps what it made.
   * @returns whether something was kept; not so where `make` says no, or changed an input
   */
  keep(
    key: string,
    from: { checkoutDir: string; inputs: readonly string[] },
    make: (dir: string) => Promise<boolean>,
  ): Promise<boolean>;
}

/** So many results are kept, the ones used last. */
const kept = 8;
const list = 'prepared.json';
const dayMs = 24 * 60 * 60_000;

export function openPreparedFolders(dir: string): PreparedFolders {
  return {
    async restore(key, checkoutDir) {
      const folder = path.join(dir, key);
      const outputs = await readIfExists(path.join(folder, list));
      if (!outputs) return false;
      for (const output of JSON.parse(outputs.toString()) as string[]) {
        const place = path.join(checkoutDir, output);
        if (await exists(place)) return false; // the commit brings its own
        await fs.mkdir(path.dirname(place), { recursive: true });
        await copyTree(path.join(folder, 'files', output), place);
      }
      await fs.utimes(folder, new Date(), new Date());
      return true;
    },
    async keep(key, { checkoutDir, inputs }, make) {
      const draft = path.join(dir, `.${newId('gate')}`);
      const files = path.join(draft, 'files');
      try {
        for (const input of inputs) {
          await fs.mkdir(path.dirname(path.join(files, input)), { recursive: true });
          await fs.copyFile(path.join(checkoutDir, input), path.join(files, input));
        }
        if (!(await make(files)) || !(await areSame(inputs, checkoutDir, files))) return false;
        await fs.writeFile(path.join(draft, list), JSON.stringify(await outputsBeside(inputs, files)));
        // Whoever came first with the same inputs made the same.
        await fs.rename(draft, path.join(dir, key)).catch(() => undefined);
        await removeOldest(dir);
        return true;
      } finally {
        await fs.rm(draft, { recursive: true, force: true });
      }
    },
  };
}

/** Names the inputs by their place and content, together with whatever else decides. */
export async function digestOfInputs(
  dir: string,
  inputs: readonly string[],
  context: readonly string[],
): Promise<string> {
  const parts = [...context, process.version, process.platform, process.arch];
  for (const input of [...inputs].sort()) {
    const content = await readIfExists(path.join(dir, input));
    parts.push(input, content === undefined ? 'none' : sha256(content));
  }
  return sha256(JSON.stringify(parts));
}

async function areSame(inputs: readonly string[], one: string, other: string): Promise<boolean> {
  return (await digestOfInputs(one, inputs, [])) === (await digestOfInputs(other, inputs, []));
}

/** What stands in a folder that is neither an input nor the way to one: whole folders where no input is in them. */
async function outputsBeside(inputs: readonly string[], dir: string, below = ''): Promise<string[]> {
  const outputs: string[] = [];
  for (const name of await fs.readdir(path.join(dir, below))) {
    const place = path.posix.join(below, name);
    if (inputs.includes(place)) continue;
    if (inputs.some((input) => input.startsWith(`${place}/`)))
      outputs.push(...(await outputsBeside(inputs, dir, place)));
    else outputs.push(place);
  }
  return outputs;
}

/** With links as they are; sharing blocks where the file system can. */
async function copyTree(from: string, to: string): Promise<void> {
  const { execa } = await import('execa');
  const sharing = process.platform === 'linux' ? ['--reflink=auto'] : [];
  await execa('cp', ['-a', ...sharing, '--', from, to]);
}

async function removeOldest(dir: string): Promise<void> {
  const aged = await Promise.all(
    (await listFolder(dir)).map(async (name) => ({ name, at: await ageMark(path.join(dir, name)) })),
  );
  const whole = aged.filter(({ name }) => !name.startsWith('.'));
  // Drafts of processes that were killed.
  const abandoned = aged.filter(({ name, at }) => name.startsWith('.') && at < Date.now() - dayMs);
  const surplus = whole.sort((left, right) => right.at - left.at).slice(kept);
  for (const { name } of [...abandoned, ...surplus]) {
    await fs.rm(path.join(dir, name), { recursive: true, force: true });
  }
}

async function ageMark(place: string): Promise<number> {
  return (await fs.stat(place).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
