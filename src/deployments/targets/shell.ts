import { exists } from '../../platform/files.ts';
import type { TargetProblem } from './types.ts';

const shell = '/bin/sh';

/** What keeps configured commands from being run at all. `commands` by their name in the configuration. */
export async function shellProblems(commands: Record<string, string | undefined>): Promise<TargetProblem[]> {
  const problems: TargetProblem[] = [];
  if (!(await exists(shell)))
    problems.push({ what: `there is no ${shell}`, remedy: 'Install a POSIX shell there.' });
  for (const [name, command] of Object.entries(commands)) {
    if (command === undefined || command.trim() !== '') continue;
    problems.push({ what: `target.${name} is blank`, remedy: `Set target.${name} in devops.yaml.` });
  }
  return problems;
}
