import * as z from 'zod';
import { command, environmentValues, passEnvironment, serviceUrl } from './commands.ts';
import { checkoutPath, timeLimit } from './values.ts';

/** The `ssh` target of an environment: which hosts, and how a release is brought live on each of them. Pure. */

/** A host as `devops.yaml` names it. What is missing is for the OpenSSH client's own configuration to say. */
export interface SshAddress {
  user?: string;
  /** Name, address or alias, without brackets. */
  host: string;
  port?: number;
}

const addressPattern =
  /^(?:(?<user>[A-Za-z_][\w.-]*)@)?(?:\[(?<bracketed>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9][A-Za-z0-9._-]*))(?::(?<port>\d{1,5}))?$/;

/** Reads `deploy@web1.example.com:2222`. @returns undefined where the text is no such address */
export function parseSshAddress(text: string): SshAddress | undefined {
  const { user, bracketed, host = bracketed, port } = addressPattern.exec(text)?.groups ?? {};
  if (host === undefined || (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)))
    return undefined;
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) };
}

const sshHost = z.string().refine((text) => parseSshAddress(text) !== undefined, {
  error: 'must be a host such as web1.example.com, deploy@web1.example.com:2222 or deploy@[2001:db8::1]:22',
});

/** Two ways to write one host would be two hosts that switch each other's release. */
const hostOf = (text: string) => {
  const { host, port = 22 } = parseSshAddress(text) ?? { host: text };
  return `${host.toLowerCase()}:${port}`;
};

const hosts = z
  .array(sshHost)
  .min(1, { error: 'must name at least one host' })
  .superRefine((names, context) => {
    names.forEach((name, index) => {
      if (names.findIndex((other) => hostOf(other) === hostOf(name)) === index) return;
      context.addIssue({ code: 'custom', path: [index], message: `names ${hostOf(name)} a second time` });
    });
  });

/** A folder on a host: whatever stands in it, it is no option and leads nowhere else. */
const hostFolder = z
  .string()
  .transform((folder) => folder.replace(/\/+$/, ''))
  .refine((folder) => /^[^-~\s]\P{Cc}*$/u.test(folder) && !/(^|\/)\.\.?(\/|$)/.test(folder), {
    error: 'must be a folder such as /srv/shop, without ~, . or ..; a relative one is in the login folder',
  });

export const sshTarget = z
  .strictObject({
    kind: z.literal('ssh'),
    url: serviceUrl.describe(
      'Where the service answers, for health and checks: usually the load balancer before the hosts.',
    ),
    hosts: hosts.describe(
      'Hosts in the order in which they get a release, each as `user@name:port`. User, port, jump hosts and keys may also come from the OpenSSH client’s own configuration.',
    ),
    path: hostFolder.describe(
      'Folder on each host that belongs to this environment alone: `releases/`, `shared/` and the symbolic link `current` to the live release.',
    ),
    prepare: command
      .optional()
      .describe(
        'Command run once in the unpacked release before it goes live, for example `npm ci --omit=dev`.',
      ),
    restart: command.describe(
      'Makes the service run what `current` names, whether it ran before or not, for example `sudo systemctl restart shop`.',
    ),
    start: command.optional().describe('Used instead of `restart` on a host where nothing was live.'),
    drain: command
      .optional()
      .describe(
        'Takes this host out of the load balancer and waits until its requests are answered; run before `restart` where a release is live.',
      ),
    undrain: command
      .optional()
      .describe(
        'Gives this host traffic again, and ends when it gets some; run once it serves the release, and each time again when it does.',
      ),
    stop: command.describe('Ends the service; must succeed when it does not run.'),
    status: command.describe('Exit code 0 when the service on this host is up.'),
    version: command
      .optional()
      .describe(
        'Prints the version that the service on this host serves, for example `curl -fs localhost:8080/version`.',
      ),
    log: command
      .optional()
      .describe(
        'Prints the last DEVOPS_LINES lines of the service, for example `journalctl -u shop -n $DEVOPS_LINES`.',
      ),
    shared: z
      .array(checkoutPath)
      .default([])
      .describe(
        'Paths of the release that are kept in `shared/` and linked: `uploads/` is a folder and made when missing, a file such as `.env` must be there.',
      ),
    keep: z.int().min(2).default(3).describe('Releases kept on each host for rollback.'),
    environment: environmentValues.default({}).describe('Extra environment variables of the commands.'),
    passEnvironment: passEnvironment.describe(
      "Names of the server's variables that are handed through to the commands on the hosts.",
    ),
    timeout: timeLimit
      .prefault('10m')
      .describe('Limit for each of the commands, and for copying the artifact.'),
    readyWithin: timeLimit
      .prefault('60s')
      .describe(
        'How long a host may take after `restart` until `status` and `version` agree with the release.',
      ),
    connectTimeout: timeLimit
      .prefault('10s')
      .describe('How long a host may take to answer; one that stays silent that long is cut off.'),
    knownHosts: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File in OpenSSH known_hosts format, relative to the project: only its host keys count, and they are part of the policy. Without it those that the OpenSSH client knows.',
      ),
    identity: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Private key file, relative to the project or beginning with `~/`. Without it what the OpenSSH client would use.',
      ),
  })
  .superRefine(({ drain, undrain }, context) => {
    if ((drain === undefined) === (undrain === undefined)) return;
    const [missing, given] = drain === undefined ? ['drain', 'undrain'] : ['undrain', 'drain'];
    context.addIssue({ code: 'custom', path: [missing], message: `must be given where ${given} is` });
  })
  .describe(
    'One or several hosts over SSH: a release folder each, switched by a symbolic link, and your supervisor.',
  );
