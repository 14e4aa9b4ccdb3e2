import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { complaintOf } from '../../../platform/container-client.ts';
import { type CommandOutcome, runCommand } from '../../../platform/processes.ts';
import { endStrays, strayMark } from '../../../platform/strays.ts';
import type { LogSink } from '../types.ts';

/** kubectl as a program: arguments travel apart from the shell's text, objects over its standard input. */
export interface Kubectl {
  /** Never throws for what kubectl does. */
  run(parameters: readonly string[], options?: KubectlOptions): Promise<CommandOutcome>;
  /** @returns standard output. @throws TARGET_FAILED with what it said last */
  must(parameters: readonly string[], options?: KubectlOptions): Promise<string>;
  /** The same for what changes the cluster, by whoever has the authority to. */
  change(parameters: readonly string[], options: KubectlOptions & { log: LogSink }): Promise<void>;
  /** Ends the changes that a run of ours which was killed left running: they outlive whoever called for them. */
  endLeftovers(): void;
}

export interface KubectlOptions {
  input?: string;
  timeoutMs?: number;
  log?: LogSink;
}

/** @param mark names the target among all on this machine */
export function openKubectl({
  config,
  workDir,
  environment,
  kubeconfig,
  mark,
}: {
  config: KubernetesTargetConfig;
  workDir: string;
  environment: Record<string, string>;
  /** Absolute. */
  kubeconfig: string | undefined;
  mark: string;
}): Kubectl {
  const where = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(config.context === undefined ? [] : ['--context', config.context]),
    ...['--namespace', config.namespace],
  ];
  function call(
    parameters: readonly string[],
    { input, timeoutMs, log }: KubectlOptions,
    marked: Record<string, string> = {},
  ): Promise<CommandOutcome> {
    log?.(`$ ${config.kubectl} ${parameters.join(' ')}`);
    return runCommand({
      command: `${config.kubectl} "$@"`,
      parameters: [...where, ...parameters],
      workDir,
      environment: { ...environment, ...marked },
      timeoutMs: timeoutMs ?? config.timeout,
      ...(input !== undefined && { input }),
      ...(log && { onLine: log }),
    });
  }
  function outputOf(outcome: CommandOutcome, command: string | undefined): string {
    if (outcome.exitCode === 0) return Buffer.from(outcome.stdout).toString('utf8');
    throw new DevopsError('TARGET_FAILED', `"kubectl ${command}" failed: ${complaintOf(outcome)}`, {
      remedy: `Make "${config.kubectl} --namespace ${config.namespace} get deployment ${config.deployment}" work for this user, and mend what it names.`,
    });
  }
  return {
    run: (parameters, options = {}) => call(parameters, options),
    must: async (parameters, options = {}) => outputOf(await call(parameters, options), parameters[0]),
    async change(parameters, options) {
      outputOf(await call(parameters, options, { [strayMark]: mark }), parameters[0]);
    },
    endLeftovers() {
      endStrays(mark);
    },
  };
}
