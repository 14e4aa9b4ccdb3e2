import type { FrontServer } from '../../../platform/haproxy/configuration.ts';

/** Who gets how much of the traffic, as weights of the servers behind the front. Computes only. */

/** A release, the fencing number of who gives it traffic, and where its container answers. */
export interface Recipient {
  releaseId: string;
  version: string;
  fence: number;
  port: number;
}

/** A release gets a server of its own each time a share is decided: its counters begin anew. */
function serverName(releaseId: string, fence: number, percent: number): string {
  return `${releaseId}.${fence}.${percent}`;
}

export function releaseOfServer(name: string): string {
  return name.replace(/\.\d+\.\d+$/, '');
}

/** The server that the release got when it was last given traffic. */
export function latestServer<S extends Pick<FrontServer, 'name'>>(
  servers: readonly S[],
  releaseId: string,
): S | undefined {
  return servers.findLast(({ name }) => releaseOfServer(name) === releaseId);
}

export function isServing({ weight }: Pick<FrontServer, 'weight'>): boolean {
  return weight > 0;
}

/**
 * The live one, as far as what runs does what was decided; else, after somebody was killed in between, the one that has
 * most of the traffic.
 * @param running with the weights that haproxy has
 */
export function servedBy<S extends Pick<FrontServer, 'live' | 'weight'>>(
  running: readonly S[],
): S | undefined {
  const serving = running.filter(isServing);
  return serving.find(({ live }) => live) ?? serving.toSorted((one, other) => other.weight - one.weight)[0];
}

/** Servers that have no traffic and are not the last one of their release: nobody asks for their counters any more. */
export function superseded(servers: readonly FrontServer[]): FrontServer[] {
  return servers.filter((one) => !isServing(one) && latestServer(servers, releaseOfServer(one.name)) !== one);
}

/** Everything to one release; the others stay, without traffic, until their requests have ended. */
export function giveAll(
  servers: readonly FrontServer[],
  { releaseId, version, fence, port }: Recipient,
): FrontServer[] {
  const name = serverName(releaseId, fence, 100);
  return [...atRest(servers, [name]), { name, version, port, weight: 100, live: true }];
}

/**
 * A percentage to one release, and the rest to the live one, which stays the live one.
 * @returns undefined when no other release is live
 */
export function giveShare(
  servers: readonly FrontServer[],
  { releaseId, version, fence, port }: Recipient,
  percent: number,
): FrontServer[] | undefined {
  const live = servers.find((one) => one.live);
  if (live === undefined || releaseOfServer(live.name) === releaseId) return undefined;
  const liveName = serverName(releaseOfServer(live.name), fence, percent);
  const name = serverName(releaseId, fence, percent);
  return [
    ...atRest(servers, [liveName, name]),
    { ...live, name: liveName, weight: 100 - percent },
    { name, version, port, weight: percent, live: false },
  ];
}

/** All servers but those of these names, without traffic. */
function atRest(servers: readonly FrontServer[], names: readonly string[]): FrontServer[] {
  return servers
    .filter(({ name }) => !names.includes(name))
    .map((one) => ({ ...one, weight: 0, live: false }));
}
