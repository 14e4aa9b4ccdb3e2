import { access, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/**
 * Peers that are too large to be dependencies of ours are installed when somebody measures against them, and stay in
 * the folder for temporary files for the next time.
 */

const timeoutMs = 600_000;

export type Installed = { folder: string } | { missing: string };

/** Where the package is, or why it could not be installed. Its install scripts are not run. */
export async function installPeer(name: string, version: string): Promise<Installed> {
  const home = path.join(tmpdir(), 'devops-engineer-bench-peers', `${name}-${version}`);
  const folder = path.join(home, 'node_modules', name);
  if (await exists(folder)) return { folder };
  const draft = `${home}.part`;
  process.stderr.write(`installing ${name}@${version} into ${home}\n`);
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const args = ['install', '--prefix', draft, '--ignore-scripts', '--no-save', `${name}@${version}`];
    await execa('npm', args, { timeout: timeoutMs, cwd: draft });
    await rename(draft, home);
    return { folder };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    return { missing: `not installed: ${reasonOf(error)}` };
  }
}

/** npm prints many lines: the first that speak of an error, without the addresses of this machine's registry. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').filter((line) => line.startsWith('npm error'));
  const reason = lines.length === 0 ? message : lines.slice(0, 2).join(' ');
  return reason
    .replaceAll('npm error ', '')
    .replaceAll(/https?:\/\/\S+/g, '(address)')
    .slice(0, 160);
}

async function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  );
}
