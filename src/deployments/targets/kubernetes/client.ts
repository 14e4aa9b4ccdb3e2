import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { complaintOf } from '../../../platform/container-client.ts';
import { path } from '../../../platform/files.ts';
import { type CommandOutcome, runCommand } from '../../../platform/processes.ts';
import { endStrays, strayMark } from '../../../platform/strays.ts';
import type { LogSink } from '../types.ts';

/** A program that talks to the cluster: arguments travel apart from the shell's text, objects over standard input. */
export interface ClusterClient {
  /** Never throws for what the program does. */
  run(parameters: readonly string[], options?: CallOptions): Promise<CommandOutcome>;
  /** @returns standard output. @throws TARGET_FAILED with what it said last */
  must(parameters: readonly string[], options?: CallOptions): Promise<string>;
  /** The same for what changes the cluster, by whoever has the authority to. */
  change(parameters: readonly string[], options: CallOptions & { log: LogSink }): Promise<void>;
}

export interface CallOptions {
  input?: string;
  timeoutMs?: number;
  log?: LogSink;
  /** What it prints is nobody's business: only the call itself is logged, and of what went wrong standard error. */
  isSilent?: boolean;
}

export interface ClusterClients {
  kubectl: ClusterClient;
  helm: ClusterClient;
  /** Ends the changes that a run of ours which was killed left running: they outlive whoever called for them. */
  endLeftovers(): void;
}

/**
 * @param environment the complete environment of the programs
 * @param mark names the target among all on this machine
 */
export function openClusterClients({
  config,
  projectDir,
  environment,
  mark,
}: {
  config: KubernetesTargetConfig;
  projectDir: string;
  environment: Record<string, string>;
  mark: string;
}): ClusterClients {
  const { kubeconfig, context, namespace } = config;

  function open(name: string, command: string, contextOption: string, remedy: Remedy): ClusterClient {
    const where = [
      ...(kubeconfig === undefined ? [] : ['--kubeconfig', path.resolve(projectDir, kubeconfig)]),
      ...(context === undefined ? [] : [contextOption, context]),
      ...['--namespace', namespace],
    ];
    function call(
      parameters: readonly string[],
      { input, timeoutMs, log, isSilent = false }: CallOptions,
      marked: Record<string, string> = {},
    ): Promise<CommandOutcome> {
      log?.(`$ ${command} ${parameters.join(' ')}`);
      return runCommand({
        command: `${command} "$@"`,
        parameters: [...where, ...parameters],
        workDir: projectDir,
        environment: { ...environment, ...marked },
        timeoutMs: timeoutMs ?? config.timeout,
        ...(input !== undefined && { input }),
        ...(log && !isSilent && { onLine: log }),
      });
    }
    function outputOf(outcome: CommandOutcome, what: string | undefined, { isSilent }: CallOptions): string {
      if (outcome.exitCode === 0) return Buffer.from(outcome.stdout).toString('utf8');
      const complaint = complaintOf(isSilent ? { ...outcome, stdout: new Uint8Array() } : outcome);
      throw new DevopsError('TARGET_FAILED', `"${name} ${what}" failed: ${complaint}`, {
        remedy: remedy(complaint),
      });
    }
    return {
      run: (parameters, options = {}) => call(parameters, options),
      must: async (parameters, options = {}) =>
        outputOf(await call(parameters, options), parameters[0], options),
      async change(parameters, options) {
        outputOf(await call(parameters, options, { [strayMark]: mark }), parameters[0], options);
      },
    };
  }

  return {
    kubectl: open(
      'kubectl',
      config.kubectl,
      '--context',
      () =>
        `Make "${config.kubectl} --namespace ${namespace} get deployment ${config.deployment}" work for this user, and mend what it names.`,
    ),
    helm: open('helm', config.chart?.helm ?? 'helm', '--kube-context', (complaint) =>
      /another operation .* is in progress/.test(complaint)
        ? `Wait until whoever works on that Helm release is done. Where nobody is, somebody's Helm was ended in the middle: see "helm --namespace ${namespace} history ${config.chart?.release ?? config.deployment}", and go back to the revision before with "helm rollback".`
        : 'Mend what it names in the chart of the commit or its values. Charts that it depends on must be committed in its charts/ ("helm dependency build" puts them there): nothing is downloaded.',
    ),
    endLeftovers() {
      endStrays(mark);
    },
  };
}

type Remedy = (complaint: string) => string;
