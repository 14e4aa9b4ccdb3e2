import * as fs from 'node:fs/promises';
import { waitUntil } from '../clock.ts';
import { path, readTextIfExists, removeFile, replaceFile } from '../files.ts';
import { newId } from '../identifiers.ts';
import { isAlive, startDetached, startMarkOf } from '../processes.ts';
import { processIdOf } from './runtime.ts';

/** A haproxy that outlives us and is started again when it is killed; one for each folder. */

const startTimeoutMs = 10_000;
/** Longer than the pause of the loop below and the start of a haproxy. */
const comebackMs = 2_000;
const marginMs = 2_000;

/**
 * Goes on as long as the file `$1` names it (`$2`), so whoever is started later, or ends it, needs no pid that might
 * be another process by now. A haproxy that was asked to end leaves with 0 and is not started again.
 */
const loop = (haproxy: string) => `while [ "$(cat "$1" 2>/dev/null)" = "$2" ]; do
  ${haproxy} -db -f "$3" 2>"$4" && exit 0
  sleep 0.5
done`;

export interface HaproxyFiles {
  stateDir: string;
  /** Path of the configuration file. */
  configuration: string;
  /** Path of the runtime socket. */
  socket: string;
}

const ownerFile = ({ stateDir }: HaproxyFiles) => path.join(stateDir, 'haproxy.owner');
export const logFile = ({ stateDir }: Pick<HaproxyFiles, 'stateDir'>) => path.join(stateDir, 'haproxy.log');

/**
 * Starts haproxy where none runs. Only for the holder of the front's lock.
 * @returns why it does not start, or undefined when it runs
 */
export async function ensureHaproxy(
  files: HaproxyFiles,
  haproxy: string,
  environment: Record<string, string>,
): Promise<string | undefined> {
  const answers = () => processIdOf(files.socket);
  if ((await answers()) !== undefined) return undefined;
  if ((await readTextIfExists(ownerFile(files))) !== undefined) {
    if ((await waitUntil(answers, { timeoutMs: comebackMs })) !== undefined) return undefined;
  }
  const owner = newId('msg');
  await replaceFile(ownerFile(files), owner);
  const log = logFile(files);
  await removeFile(log); // what an earlier start complained of is no answer now
  startDetached(['/bin/sh', '-c', loop(haproxy), 'sh', ownerFile(files), owner, files.configuration, log], {
    workDir: files.stateDir,
    environment,
    logFile: path.join(files.stateDir, 'haproxy-start.log'),
  });
  const refused = async () => {
    if ((await answers()) !== undefined) return { why: undefined };
    const said = (await readTextIfExists(log)) ?? '';
    return /\[ALERT\]|not found|denied/.test(said)
      ? { why: said.trim().split('\n').slice(-4).join(' | ') }
      : undefined;
  };
  const end = (await waitUntil(refused, { timeoutMs: startTimeoutMs })) ?? { why: 'it says nothing' };
  if (end.why !== undefined) await removeFile(ownerFile(files)); // else it would be tried for ever
  return end.why;
}

/** Ends haproxy after its open requests, at the latest after `drainMs`. Settles when its port is free. */
export async function endHaproxy(files: HaproxyFiles, drainMs: number): Promise<void> {
  await removeFile(ownerFile(files));
  const pid = await processIdOf(files.socket);
  const startMark = pid === undefined ? undefined : startMarkOf(pid);
  if (pid !== undefined && startMark !== undefined) {
    const gone = async () => (isAlive({ pid, startMark }) ? undefined : true);
    signal(pid, 'SIGUSR1'); // haproxy's word for "finish what is open"
    if (!(await waitUntil(gone, { timeoutMs: drainMs + marginMs }))) {
      signal(pid, 'SIGKILL');
      await waitUntil(gone, { timeoutMs: marginMs });
    }
  }
  await fs.rm(files.socket, { force: true });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}
