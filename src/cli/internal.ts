import { parseArgs } from 'node:util';
import { withExitCode } from './output.ts';

/**
 * Entries for our own detached processes, not for people. A bundle of its own: whoever waits for a gate or a deployment
 * waits for this start, too, and it needs nothing of the command line. A process host stays for as long as its releases
 * and loads nothing of the project.
 */

/** @param args after `internal`: `run gate|deployment ID --project DIR`, or `process-host --state DIR` */
export function runInternal(args: string[]): Promise<number> {
  return withExitCode(false, async () => {
    await perform(args);
    return 0;
  });
}

async function perform(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { project: { type: 'string' }, state: { type: 'string' } },
  });
  const [entry, kind = '', id = ''] = positionals;
  if (entry === 'process-host' && values.state !== undefined) return processHost(values.state);
  if (entry === 'run' && values.project !== undefined) return detachedRun(kind, id, values.project);
  throw new Error(`"internal ${args.join(' ')}" is nothing that this program starts`);
}

async function detachedRun(kind: string, id: string, projectDir: string): Promise<void> {
  const { openLocalApp } = await import('./call.ts');
  const app = await openLocalApp({ project: projectDir });
  try {
    const project = await app.project();
    if (kind === 'gate') await (await import('../gates/gates.ts')).runGate(project, id);
    else await (await import('../deployments/runner.ts')).runDeployment(project, id);
  } finally {
    await app.close();
  }
}

async function processHost(stateDir: string): Promise<void> {
  const { runProcessHost } = await import('../platform/process-host/host.ts');
  await runProcessHost(stateDir);
}
