import { cleanLine } from '../../evidence/untrusted.ts';
import { findProgram } from '../../platform/find-program.ts';
import { minimalEnvironment, runCommand } from '../../platform/processes.ts';
import type { Project } from '../../project.ts';

/** Asking a forge through the command line that its user is logged in with (`gh api`, `glab api`). */

/** What makes an answer of a forge no answer, in words for people. */
export class ForgeSilent extends Error {
  override readonly name = 'ForgeSilent';
  /** What suffices, where that is not to make the program answer. */
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Without an account nobody can say whether the reviewer is the author. */
export function unknownAuthor(): ForgeSilent {
  return new ForgeSilent(
    'it knows no account for the author of the commit',
    'Commit with a mail address that belongs to an account there, and have that commit approved.',
  );
}

export interface Forge {
  program: 'gh' | 'glab';
  host: string;
}

/** Where logins are kept, besides the home folder, and how the machine reaches the world. */
const passed = [
  ...['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GH_CONFIG_DIR'],
  ...['GITLAB_TOKEN', 'GLAB_CONFIG_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'DBUS_SESSION_BUS_ADDRESS'],
  ...['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];
const timeoutMs = 10_000;
const maxOutputBytes = 8 * 1024 * 1024;

/** @returns undefined where the forge does not know what was asked for (404, 422) @throws ForgeSilent */
export function getFromForge(project: Project, forge: Forge, endpoint: string): Promise<unknown> {
  return ask(project, forge, 'exec "$PROGRAM" api --hostname "$FORGE" "$QUESTION"', endpoint);
}

/** @throws ForgeSilent */
export function queryForge(project: Project, forge: Forge, query: string): Promise<unknown> {
  return ask(project, forge, 'exec "$PROGRAM" api graphql --hostname "$FORGE" -f query="$QUESTION"', query);
}

const pageSize = 100;
const maxPages = 10;

/** All entries of a list. @throws ForgeSilent also where there are more than can be looked at */
export async function listFromForge(
  project: Project,
  forge: Forge,
  endpoint: string,
): Promise<unknown[] | undefined> {
  const entries: unknown[] = [];
  for (let page = 1; page <= maxPages; page += 1) {
    const answer = await getFromForge(project, forge, `${endpoint}?per_page=${pageSize}&page=${page}`);
    if (answer === undefined) return undefined;
    if (!Array.isArray(answer)) throw new ForgeSilent(`${forge.program} answered something unexpected`);
    entries.push(...answer);
    if (answer.length < pageSize) return entries;
  }
  throw new ForgeSilent(`${endpoint} has more than ${maxPages * pageSize} entries`);
}

async function ask(
  project: Project,
  { program, host }: Forge,
  command: string,
  question: string,
): Promise<unknown> {
  const { serverEnvironment } = project;
  const file = await findProgram(program, serverEnvironment.PATH ?? '');
  if (file === undefined) throw new ForgeSilent(`${program} is not installed`);
  const { exitCode, ended, stdout, stderr } = await runCommand({
    command,
    workDir: '/', // both look for a repository around them, whose settings are not to be believed
    environment: {
      ...minimalEnvironment(serverEnvironment, passed),
      PROGRAM: file,
      FORGE: host,
      QUESTION: question,
      GH_PROMPT_DISABLED: '1',
      GH_NO_UPDATE_NOTIFIER: '1',
      NO_COLOR: '1',
      NO_PROMPT: '1',
    },
    timeoutMs,
    maxOutputBytes,
  });
  if (ended === 'timeout') throw new ForgeSilent(`${program} did not answer within ${timeoutMs / 1_000} s`);
  if (ended !== undefined) throw new ForgeSilent(`${program} answered too much`);
  if (exitCode !== 0) {
    const [, status] = /\b(?:HTTP |status(?: code)?:? ?)(\d{3})\b/i.exec(stderr) ?? [];
    if (status === '404' || status === '422') return undefined;
    if (status === '401' || exitCode === 4 || /auth login|not (?:logged in|authenticated)/i.test(stderr)) {
      throw new ForgeSilent(`${program} is not logged in to ${host}`);
    }
    throw new ForgeSilent(
      `${program} failed (${firstLineOf(stderr) || `exit code ${exitCode ?? 'unknown'}`})`,
    );
  }
  try {
    return JSON.parse(Buffer.from(stdout).toString('utf8')) as unknown;
  } catch {
    throw new ForgeSilent(`${program} answered something that is not JSON`);
  }
}

const longestLine = 200;

function firstLineOf(text: string): string {
  return cleanLine(text.trim().split('\n')[0] ?? '').slice(0, longestLine);
}
