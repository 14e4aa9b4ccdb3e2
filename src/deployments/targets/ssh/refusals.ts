import type { RemoteOutcome } from '../../../platform/ssh/session.ts';
import type { Fence } from '../types.ts';
import { HostFailed } from './failure.ts';

/** What a host answered instead of doing it, in words, each with what truly mends it. */

interface Refused {
  host: string;
  what: string;
  outcome: Extract<RemoteOutcome, { end: string }>;
  /** Last lines of what it printed. */
  last: readonly string[];
  environment: string;
  fence?: Fence;
}

export function refusal({ host, what, outcome, last, environment, fence }: Refused): HostFailed {
  const { end, facts } = outcome;
  const said = last.length > 0 ? last.join(' | ') : 'it printed nothing';
  const failed = (message: string, remedy: string) => new HostFailed(host, message, { remedy });
  const exit = facts.get('exit') === '124' ? 'took too long' : `exit code ${facts.get('exit')}`;
  switch (end) {
    case 'fenced':
      return new HostFailed(
        host,
        `fencing number ${fence?.number} of ${fence?.deploymentId} is lower than ${facts.get('seen')}: a later deployment has taken over`,
        {
          remedy: 'Nothing: the later deployment decides now. See it with getDeployment.',
          overtaken: true,
        },
      );
    case 'unfenced':
      return failed(
        `its fencing number cannot be read: "${facts.get('seen')}"`,
        `Write ${fence?.number}, the number of this deployment, into .devops/fence in the folder on ${host}, unless a later one runs; then deploy again.`,
      );
    case 'foreign':
      return failed(
        `its folder belongs to environment ${facts.get('owner')}`,
        `Set another target.path of ${environment} in devops.yaml. Only if ${environment} is that environment under a new name, delete .devops/owner in the folder.`,
      );
    case 'busy':
      return failed(
        `${what}: an effect that began earlier has not ended there`,
        `Log in to ${host}, end what holds .devops/lock in the folder (fuser shows it), then deploy again.`,
      );
    case 'digest':
      return failed(
        `${what}: what arrived is ${facts.get('found')}`,
        'Deploy again: the copy was cut off or the kept artifact was changed. If it stays so, deploy its commit anew, which builds it again.',
      );
    case 'full':
      return failed(
        `${what}: it could not be written: ${said}`,
        `Make room on ${host} (a lower target.keep leaves fewer releases), then deploy again.`,
      );
    case 'shared':
      return failed(
        `${what}: a shared path is not there: ${said}`,
        `Put the file into shared/ on ${host}, or write a folder in target.shared with a / at its end. Then deploy again.`,
      );
    case 'missing':
      return failed(`${what}: the release is not complete there`, 'Deploy again, which copies it once more.');
    case 'unready':
      return failed(
        `${what}: not ready in time: ${facts.get('why')}`,
        `See the log of the service on ${host} for why it does not come up with this release, and deploy one that does.`,
      );
    case 'up':
      return failed(
        `${what}: the stop command succeeded, and the status command still says that it is up`,
        'Make target.stop end the service, or target.status tell whether it runs.',
      );
    case 'prepare':
    case 'drain':
    case 'restart':
    case 'undrain':
    case 'stop':
      return failed(
        `${what}: the ${end} command failed (${exit}): ${said}`,
        `Make target.${end} succeed on ${host}; its output is in the log of the deployment.`,
      );
    default:
      return failed(`${what}: ${said}`, `Mend what ${host} says, then deploy again.`);
  }
}

/** What the OpenSSH client said, when nobody knows how far the host came. */
export function unreachable(trouble: string): string {
  return isKeyProblem(trouble)
    ? `is not proven to be the host that it was: ${trouble}`
    : `cannot be reached: ${trouble}`;
}

const isKeyProblem = (trouble: string) =>
  /host key verification failed|host key is known|host identification|no matching host key/i.test(trouble);

export function remedyFor(trouble: string, host: string, knownHosts: string | undefined): string {
  const file = knownHosts ?? 'the known_hosts file of the user who runs the server';
  if (isKeyProblem(trouble)) {
    return `Compare the key that ${host} shows with the one on its own console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only if they are the same, put it into ${file}.`;
  }
  if (/permission denied|too many authentication/i.test(trouble)) {
    return `Put the public key of the server's user (or of target.identity) into authorized_keys on ${host}.`;
  }
  if (/could not resolve/i.test(trouble))
    return `Write the name of ${host} in target.hosts as it can be resolved here.`;
  if (/ENOENT/.test(trouble)) return 'Install the OpenSSH client on this machine.';
  return `Bring ${host} back into the network, or take it out of target.hosts in devops.yaml; then deploy again.`;
}
