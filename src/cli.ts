#!/usr/bin/env node
import { boardCallOf } from './cli/board-call.ts';

/**
 * The door. Serving MCP is what happens most, and a client waits for it: that way loads nothing of the command line.
 * Commands that ask the task board are asked in loops, and detached runs are waited for: theirs are ways of their own.
 */
const args = process.argv.slice(2);
const command = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '--project');
const asksForHelp = args.some((arg) => ['--help', '-h', '--version', '-V'].includes(arg));
const boardCall = boardCallOf(args);

if (command === 'stdio' || (command === undefined && !asksForHelp)) {
  const { serveOverStdio } = await import('./cli/stdio.ts');
  await serveOverStdio(args);
} else if (command === 'internal') {
  const { runInternal } = await import('./cli/internal.ts');
  process.exitCode = await runInternal(args.slice(1));
} else if (boardCall) {
  const { callBoardTool } = await import('./cli/board.ts');
  process.exitCode = await callBoardTool(boardCall);
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(process.argv);
}
