import { DevopsError } from '../../../errors.ts';

/** What is known of one host after something went wrong, and of several at once. */

/** What a host said when it was asked. */
export interface HostState {
  /** As `devops.yaml` names it. */
  host: string;
  /** Release that is live there: switched to, started after the switch, and up. */
  releaseId?: string;
  version?: string;
  /** In words: `serves one`, `cannot be reached: …`. */
  text: string;
  /** False where nobody could be asked: what it serves is not known. */
  known: boolean;
}

/** Why an effect on one host did not go well. */
export class HostFailed extends DevopsError {
  readonly host: string;
  /** True where a later deployment has taken over: then the whole deployment is over, not only this host. */
  readonly overtaken: boolean;

  constructor(
    host: string,
    message: string,
    { remedy, overtaken = false }: { remedy: string; overtaken?: boolean },
  ) {
    super('TARGET_FAILED', `${host}: ${message}`, { remedy });
    this.host = host;
    this.overtaken = overtaken;
  }
}

/** An effect that did not go well on all hosts: on which, and what every one of them serves now. */
export class HostsFailed extends DevopsError {
  readonly hosts: readonly HostState[];

  constructor(what: string, failures: readonly Error[], hosts: readonly HostState[]) {
    const states = hosts.map(({ host, text }) => `${host} ${text}`).join('; ');
    super('TARGET_FAILED', `${what}: ${failures.map(({ message }) => message).join('; ')} (now: ${states})`, {
      remedy: [...new Set(failures.map(remedyOf))].join(' '),
      cause: failures[0],
    });
    this.hosts = hosts;
  }
}

function remedyOf(error: Error): string {
  return error instanceof DevopsError ? error.remedy : 'Deploy again.';
}
