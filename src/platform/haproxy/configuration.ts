/**
 * The configuration file of a haproxy that is ours alone. It is the one record of what the front should do: whatever
 * is changed over the runtime socket stands here first, so a haproxy that starts anew comes back as it was. Pure.
 */

/** A release behind the front. */
export interface FrontServer {
  /** Unique for each time it is given traffic: its counters begin anew with it. */
  name: string;
  version: string;
  /** On 127.0.0.1. */
  port: number;
  /** Share of the traffic, 0 to 256, relative to the others. */
  weight: number;
  /** Whether it is the one that the environment is said to serve, however small its share is. */
  live: boolean;
}

export interface FrontSettings {
  host: string;
  port: number;
  /** Path of the runtime socket. */
  socket: string;
  requestTimeoutMs: number;
  /** After this time a haproxy that ends waits no longer for open requests. */
  drainMs: number;
}

export const backend = 'releases';
export const ring = 'traffic';

/** Only ever added to: the lines of servers that follow it are the state. */
const serversFollow = `backend ${backend}\n    balance roundrobin\n`;

/** Everything but the servers; where it differs from what runs, haproxy must be started anew. */
export function renderHead({ host, port, socket, requestTimeoutMs, drainMs }: FrontSettings): string {
  return `# Written by devops-engineer, which keeps it equal to what runs. Changes made here are lost.
global
    # Two that share the port would be two truths about what is live.
    noreuseport
    stats socket ${socket} mode 600 level admin
    hard-stop-after ${Math.max(1, drainMs)}ms

# The last answers, in memory: haproxy itself keeps averages only.
ring ${ring}
    format raw
    maxlen 256
    size 2097152

defaults
    mode http
    log ring@${ring} len 256 format raw local0
    log-format "%s %ST %Tr"
    # One connection to the release per request: a kept one that it just closed would lose a request.
    option http-server-close
    option forwardfor
    retries 3
    option redispatch
    timeout connect 5s
    timeout client ${requestTimeoutMs}ms
    timeout server ${requestTimeoutMs}ms
    timeout http-keep-alive 60s
    timeout tunnel 1h

frontend front
    bind ${host.includes(':') ? `[${host}]` : host}:${port}
    default_backend ${backend}

${serversFollow}`;
}

export function renderConfiguration(head: string, servers: readonly FrontServer[]): string {
  const lines = servers.map(
    ({ name, port, weight, version, live }) =>
      `    server ${name} 127.0.0.1:${port} weight ${weight} # ${encodeURIComponent(version)}${live ? ' live' : ''}\n`,
  );
  return `${head}${lines.join('')}`;
}

const serverLine = /^ {4}server ([A-Za-z0-9_.:-]+) 127\.0\.0\.1:(\d+) weight (\d+) # (\S+?)( live)?$/;

/**
 * Reads what `renderConfiguration` has written.
 * @returns undefined when it was changed by somebody else so that it cannot be told what should run
 */
export function parseConfiguration(text: string): { head: string; servers: FrontServer[] } | undefined {
  const at = text.indexOf(serversFollow);
  if (at < 0) return undefined;
  const head = text.slice(0, at + serversFollow.length);
  const servers: FrontServer[] = [];
  for (const line of text.slice(head.length).split('\n')) {
    if (line === '') continue;
    const [, name, port, weight, version, live] = serverLine.exec(line) ?? [];
    if (name === undefined || version === undefined) return undefined;
    servers.push({
      name,
      port: Number(port),
      weight: Number(weight),
      version: decodeURIComponent(version),
      live: live !== undefined,
    });
  }
  return { head, servers };
}
