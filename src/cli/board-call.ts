/** Which command lines take the short way to the task board: `call` of one of its tools, written without surprises. */

export interface BoardCall {
  tool: string;
  /** The arguments as they were written. */
  text: string;
  project?: string;
  json: boolean;
  exitCode: boolean;
}

/** The tools that `tools/board-tools.ts` has. */
const boardToolNames = ['filterTasks', 'updateTask'];

/** @returns undefined for every other command line, and for any that the long way might understand differently */
export function boardCallOf(args: readonly string[]): BoardCall | undefined {
  const words: string[] = [];
  const call: Partial<BoardCall> = {};
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--json') call.json = true;
    else if (arg === '--exit-code') call.exitCode = true;
    else if (arg === '--project') {
      const project = args[++at];
      if (project === undefined || project.startsWith('-')) return undefined;
      call.project = project;
    } else if (arg.startsWith('-')) return undefined;
    else words.push(arg);
  }
  const [command, tool, text = '{}', ...more] = words;
  if (command !== 'call' || tool === undefined || !boardToolNames.includes(tool) || more.length > 0)
    return undefined;
  return { json: false, exitCode: false, ...call, tool, text };
}
