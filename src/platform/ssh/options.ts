import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { path } from '../files.ts';
import { isPrivate, socketFolder } from '../process-host/protocol.ts';

/** How a host is reached. Files are absolute. */
export interface SshDestination {
  host: string;
  user?: string;
  port?: number;
  /** Only the host keys in this file count; without one those that the client knows. */
  knownHostsFile?: string;
  identityFile?: string;
  connectTimeoutMs: number;
}

/** Keys the client never asks a person about, and whom it believes about a host's key: nobody but the files. */
const strict = {
  BatchMode: 'yes',
  StrictHostKeyChecking: 'yes',
  UpdateHostKeys: 'no',
  VerifyHostKeyDNS: 'no',
  KnownHostsCommand: 'none',
  NoHostAuthenticationForLocalhost: 'no',
  PasswordAuthentication: 'no',
  KbdInteractiveAuthentication: 'no',
};

/** What a host could do to us through the connection, or we to it by accident. */
const closed = {
  ForwardAgent: 'no',
  ForwardX11: 'no',
  ForwardX11Trusted: 'no',
  ClearAllForwardings: 'yes',
  GSSAPIDelegateCredentials: 'no',
  Tunnel: 'no',
  PermitLocalCommand: 'no',
  RemoteCommand: 'none',
  RequestTTY: 'no',
  SessionType: 'default',
  StdinNull: 'no',
  ForkAfterAuthentication: 'no',
};

/** Options that an older client may not know; what they switch off it does not have either. */
const maybeUnknown = 'KnownHostsCommand,SessionType,StdinNull,ForkAfterAuthentication';

/** Silent for so many questions in a row: cut off. */
const silencesAllowed = 3;
/** How long a connection stays open for the next command. */
const keptOpenSeconds = 15;
/** Longest name of a Unix socket that every system takes, less what the client adds while it makes one. */
const longestSocketName = 104 - 18;
const hashLength = 40;

/** Arguments of `ssh` up to the command. What stands on the command line wins over the client's own configuration. */
export async function sshArguments(destination: SshDestination): Promise<string[]> {
  const seconds = Math.max(1, Math.ceil(destination.connectTimeoutMs / 1_000));
  const options: Record<string, string> = {
    IgnoreUnknown: maybeUnknown,
    ...strict,
    ...closed,
    LogLevel: 'ERROR',
    ConnectTimeout: String(seconds),
    ConnectionAttempts: '1',
    ServerAliveInterval: String(Math.max(1, Math.ceil(seconds / silencesAllowed))),
    ServerAliveCountMax: String(silencesAllowed),
  };
  if (destination.knownHostsFile !== undefined) {
    options.UserKnownHostsFile = fileOption(destination.knownHostsFile);
    options.GlobalKnownHostsFile = '/dev/null';
  }
  if (destination.identityFile !== undefined) {
    options.IdentityFile = fileOption(destination.identityFile);
    options.IdentitiesOnly = 'yes';
  }
  Object.assign(options, await sharedConnection(options));
  return [
    '-T',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(destination.port === undefined ? [] : ['-p', String(destination.port)]),
    ...(destination.user === undefined ? [] : ['-l', destination.user]),
    '--',
    destination.host,
  ];
}

/**
 * One connection for many commands. Its name has the options in it, so that a connection which other keys vouch for
 * is never used; where no private folder can be had, every command connects anew.
 */
async function sharedConnection(options: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const folder = socketFolder();
  await fs.mkdir(folder, { mode: 0o700, recursive: true }).catch(() => undefined);
  const trust = createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 8);
  const name = path.join(folder, `${trust}-`);
  if (name.length + hashLength > longestSocketName || !(await isPrivate(folder)))
    return { ControlPath: 'none' };
  return {
    ControlMaster: 'auto',
    ControlPersist: String(keptOpenSeconds),
    ControlPath: `${name.replaceAll('%', '%%')}%C`,
  };
}

/** A file name as the client's options take it: blanks part words, and % and ${ mean something. */
function fileOption(file: string): string {
  if (/["\\\n]|\$\{/.test(file)) throw new Error(`the OpenSSH client cannot take the file name ${file}`);
  return `"${file.replaceAll('%', '%%')}"`;
}
