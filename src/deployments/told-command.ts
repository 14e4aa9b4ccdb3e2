import { type CommandRequest, runCommand } from '../platform/processes.ts';
import type { LogSink } from './targets/types.ts';

const linesShown = 8;

/** What it wrote to its standard output; or how it failed and what it said last: `(exit code 4): no quota`. */
export type Told = { stdout: string } | { failure: string };

/** Runs a configured command that has to end with 0, with all that it prints in the log. Never throws for what it does. */
export async function runTold(request: Omit<CommandRequest, 'onLine'>, log: LogSink): Promise<Told> {
  log(`$ ${request.command}`);
  const last: string[] = [];
  const { exitCode, ended, stdout } = await runCommand({
    ...request,
    onLine: (line) => {
      log(line);
      last.push(line);
      if (last.length > linesShown) last.shift();
    },
  });
  if (exitCode === 0) return { stdout: Buffer.from(stdout).toString('utf8') };
  const how = ended ? `ended by ${ended}` : `exit code ${exitCode ?? 'unknown'}`;
  return { failure: `(${how}): ${last.length > 0 ? last.join(' | ') : 'it printed nothing'}` };
}
