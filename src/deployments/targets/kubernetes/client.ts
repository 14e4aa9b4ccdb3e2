import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { complaintOf } from '../../../platform/container-client.ts';
import { type CommandOutcome, runCommand } from '../../../platform/processes.ts';
import type { LogSink } from '../types.ts';

/** kubectl as a program: arguments travel apart from the shell's text, objects over its standard input. */
export interface Kubectl {
  /** Never throws for what kubectl does. */
  run(parameters: readonly string[], options?: KubectlOptions): Promise<CommandOutcome>;
  /** @returns standard output. @throws TARGET_FAILED with what it said last */
  must(parameters: readonly string[], options?: KubectlOptions): Promise<string>;
}

export interface KubectlOptions {
  input?: string;
  timeoutMs?: number;
  log?: LogSink;
}

export function openKubectl({
  config,
  workDir,
  environment,
  kubeconfig,
}: {
  config: KubernetesTargetConfig;
  workDir: string;
  environment: Record<string, string>;
  /** Absolute. */
  kubeconfig: string | undefined;
}): Kubectl {
  const where = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(config.context === undefined ? [] : ['--context', config.context]),
    ...['--namespace', config.namespace],
  ];
  const run: Kubectl['run'] = (parameters, { input, timeoutMs, log } = {}) => {
    log?.(`$ ${config.kubectl} ${parameters.join(' ')}`);
    return runCommand({
      command: `${config.kubectl} "$@"`,
      parameters: [...where, ...parameters],
      workDir,
      environment,
      timeoutMs: timeoutMs ?? config.timeout,
      ...(input !== undefined && { input }),
      ...(log && { onLine: log }),
    });
  };
  return {
    run,
    async must(parameters, options) {
      const outcome = await run(parameters, options);
      if (outcome.exitCode === 0) return Buffer.from(outcome.stdout).toString('utf8');
      throw new DevopsError('TARGET_FAILED', `"kubectl ${parameters[0]}" failed: ${complaintOf(outcome)}`, {
        remedy: `Make "${config.kubectl} --namespace ${config.namespace} get deployment ${config.deployment}" work for this user, and mend what it names.`,
      });
    },
  };
}
