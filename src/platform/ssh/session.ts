import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { splitLines } from '../processes.ts';
import { type SshDestination, sshArguments } from './options.ts';
import { assignments } from './quoting.ts';

/**
 * Programs for a POSIX shell on another host. Nothing of them stands on a command line, where every user of the host
 * could read it and a login shell would interpret it: the program and its values travel over standard input.
 */

export interface RemoteProgram {
  /** Text of ours for `sh`; it calls `end WORD` when it is through. */
  script: string;
  /** Variables of the program. They are not in the environment of what it starts. */
  values: Readonly<Record<string, string>>;
  /** A file that the program finds on its standard input. */
  inputFile?: string;
  /** Output of the program, and of what it starts. */
  onLine?: (line: string) => void;
  timeoutMs: number;
}

export type RemoteOutcome =
  /** The program came to an end of its own: the word that it ended with, and what it said by name. */
  | { end: string; facts: ReadonlyMap<string, string> }
  /** Nobody knows how far it came. `trouble` is the client's own word on it. */
  | { end: undefined; trouble: string };

/** Variables of the client: where its agent listens, and where programs and files are. */
export type ClientEnvironment = Readonly<Record<string, string>>;

/**
 * The whole command line: reads one line, the program in Base64, and becomes it. `read` takes no byte more than the
 * line, so the rest of standard input is the program's.
 */
const bootstrap = `exec /bin/sh -c 'IFS= read -r program && eval "$(printf %s "$program" | base64 -d)"'`;

/** `say NAME TEXT` tells one line of text by name; `end WORD` says how it ended. Only they know the mark. */
const prologue = `exec 2>&1
say() { printf '\\n%s say %s %s\\n' "$mark" "$1" "$2"; }
end() { printf '\\n%s end %s\\n' "$mark" "$1"; exit 0; }
`;

/** When a program has ended, so long its output is waited for that something else still holds open. */
const drainMs = 500;
const graceMs = 2_000;
const longestTrouble = 400;

/** Runs a program on a host. Never throws for what the host or the program does. */
export async function runOnHost(
  destination: SshDestination,
  program: RemoteProgram,
  environment: ClientEnvironment,
): Promise<RemoteOutcome> {
  const { execa } = await import('execa'); // not needed for serving, and slow to load
  const mark = randomBytes(16).toString('hex');
  const text = `${assignments({ mark, ...program.values })}${prologue}${program.script}`;
  const child = execa('ssh', [...(await sshArguments(destination)), bootstrap], {
    env: environment,
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'pipe',
  });
  const answer = readAnswer(mark, program.onLine);
  const clientSaid: string[] = [];
  splitLines(child.stdout, answer.take);
  splitLines(child.stderr, (line) => line.trim() !== '' && clientSaid.push(line.trim()));
  const drain = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  let late = false;
  const end = () => child.kill('SIGTERM', undefined);
  const timers = [
    setTimeout(() => {
      late = true;
      end();
      timers.push(setTimeout(() => child.kill('SIGKILL'), graceMs));
    }, program.timeoutMs),
  ];
  // A service that the program left running may hold its output open for good; what counts is that it has ended.
  answer.ended.then(() => timers.push(setTimeout(end, drainMs)));
  child.once('exit', () => timers.push(setTimeout(drain, drainMs)));
  await send(child.stdin, `${Buffer.from(text).toString('base64')}\n`, program.inputFile);
  const result = await child;
  for (const timer of timers) clearTimeout(timer);
  const { end: word, facts } = answer.told();
  if (word !== undefined) return { end: word, facts };
  if (late) return { end: undefined, trouble: `it did not end within ${program.timeoutMs} ms` };
  const cause =
    result.exitCode === undefined
      ? `ssh: ${result.originalMessage ?? 'ended by a signal'}`
      : `ssh ended with ${result.exitCode}`;
  const said = clientSaid.slice(-4).join(' | ').slice(-longestTrouble);
  return { end: undefined, trouble: said || cause || 'the connection broke off' };
}

/** A host that is gone takes nothing more; how it went shows by its answer. */
async function send(
  input: NodeJS.WritableStream,
  firstLine: string,
  file: string | undefined,
): Promise<void> {
  input.on('error', () => undefined);
  input.write(firstLine);
  if (file === undefined) input.end();
  else await pipeline(createReadStream(file), input).catch(() => undefined);
}

/** Tells what the program says from what it and others print. */
function readAnswer(mark: string, onLine: (line: string) => void = () => undefined) {
  const facts = new Map<string, string>();
  let word: string | undefined;
  let blank = false;
  let hasEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    hasEnded = resolve;
  });
  const take = (line: string) => {
    const [, kind, name = '', text = ''] = line.startsWith(mark)
      ? (/^\S+ (say|end) (\S+)(?: (.*))?$/.exec(line) ?? [])
      : [];
    if (kind === undefined) {
      if (blank) onLine('');
      blank = line === '';
      if (!blank) onLine(line);
      return;
    }
    blank = false; // it was ours: a program's last line may lack its end
    if (kind === 'say') facts.set(name, text);
    else {
      word = name;
      hasEnded();
    }
  };
  return { take, ended, told: () => ({ end: word, facts }) };
}
