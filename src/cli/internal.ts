import { runDeployment } from '../deployments/runner.ts';
import { runGate } from '../gates/gates.ts';
import { runProcessHost } from '../platform/process-host/host.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';

/** Entries for our own detached processes. Not for people. */

export async function run(kind: string, id: string, options: GlobalOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    if (kind === 'gate') await runGate(project, id);
    else await runDeployment(project, id);
    return 0;
  } finally {
    await app.close();
  }
}

export async function processHost(stateDir: string): Promise<number> {
  await runProcessHost(stateDir);
  return 0;
}
