import { parseArgs } from 'node:util';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { openApp } from '../app.ts';
import { findProject } from '../config/find-project.ts';
import { keepDoing } from '../platform/clock.ts';
import { buildServer } from '../server.ts';

/** How late a message is at most that another process could not deliver. */
const catchUpEveryMs = 5_000;

/**
 * Serves MCP over stdio until the client closes its end. Standard output carries protocol only; what we have to say
 * goes to standard error. Deployments under way do not notice the end: their runners are processes of their own.
 */
export async function serveOverStdio(args: string[]): Promise<void> {
  try {
    await serve(args);
  } catch (error) {
    const { withExitCode } = await import('./output.ts');
    process.exitCode = await withExitCode(false, () => Promise.reject(error));
  }
}

async function serve(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      project: { type: 'string' },
      'read-only': { type: 'boolean', default: false },
      json: { type: 'boolean' },
    },
  });
  const projectDir = await findProject(process.cwd(), values.project);
  const app = openApp({ projectDir, serverEnvironment: { ...process.env }, isLongLived: true });
  serveStdio(() => buildServer(app, { readOnly: values['read-only'] }), {
    onerror: (error) => process.stderr.write(`devops-engineer: ${error.message}\n`),
  });
  keepDoing(() => app.catchUp(), catchUpEveryMs);
}
