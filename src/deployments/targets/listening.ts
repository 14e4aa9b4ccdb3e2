import type { TargetProblem } from './types.ts';

/** What can be wrong with the address on which a front of ours listens. */

/** An address that one can connect to, for one that means "all of this machine". */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** @param code why nobody can listen there, as `listenObstacle` says */
export function portProblem({ host, port }: { host: string; port: number }, code: string): TargetProblem {
  const anotherPort = `set another target.port in devops.yaml`;
  if (code === 'EADDRINUSE') {
    return {
      what: `port ${port} is taken by a program that is not ours`,
      remedy: `End it, or ${anotherPort}.`,
    };
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return {
      what: `${host} is no address of this machine`,
      remedy: 'Set target.host in devops.yaml to one that is.',
    };
  }
  return {
    what: `nobody here may listen on ${host}:${port} (${code})`,
    remedy: `Allow it, or ${anotherPort}.`,
  };
}
