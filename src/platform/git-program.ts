import { DevopsError } from '../errors.ts';

/** git as a program: every name that comes from outside is an argument, never a part of its text. */

/** No hook of the repository may run on our behalf: an agent could have planted it. */
const quiet = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'];

const environment = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  LC_ALL: 'C',
};

/** Never throws for what git says. @throws GIT_FAILED where there is none */
export async function git(dir: string, args: string[], input?: string) {
  const { execa } = await import('execa');
  const result = await execa('git', ['-C', dir, ...quiet, ...args], {
    reject: false,
    stripFinalNewline: true,
    env: environment,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  if (result.code === 'ENOENT' && result.exitCode === undefined) {
    throw new DevopsError('GIT_FAILED', 'git is not installed or not on PATH', {
      remedy: 'Install git and make it reachable through PATH.',
    });
  }
  return result;
}

/** @returns standard output, without its last line end. @throws GIT_FAILED */
export async function mustGit(dir: string, args: string[], input?: string): Promise<string> {
  const result = await git(dir, args, input);
  if (result.exitCode !== 0) {
    throw new DevopsError('GIT_FAILED', `git ${args[0]} failed: ${result.stderr.split('\n')[0]}`, {
      remedy: `Run "git ${args.join(' ')}" in ${dir} to see why, mend it, and try again.`,
    });
  }
  return result.stdout;
}

/** What `git cat-file` answers in bytes, for questions of one line each. */
export async function catFile(
  dir: string,
  mode: '--batch' | '--batch-check',
  questions: string,
): Promise<Buffer> {
  const { execa } = await import('execa');
  const { stdout = new Uint8Array() } = await execa('git', ['-C', dir, ...quiet, 'cat-file', mode], {
    reject: false,
    stripFinalNewline: false,
    encoding: 'buffer',
    maxBuffer: 1024 ** 3,
    env: environment,
    input: questions,
  });
  return Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
}
