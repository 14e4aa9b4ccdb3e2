import { runProcessHost } from '../../../src/platform/process-host/host.ts';

/** Program that is a process host, for tests: what `devops-engineer internal process-host --state DIR` does. */
const stateDir = process.argv[process.argv.indexOf('--state') + 1];
if (stateDir === undefined) throw new Error('--state is missing');
await runProcessHost(stateDir);
