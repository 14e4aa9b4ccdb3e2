#!/usr/bin/env node
/**
 * The door. Serving MCP is what happens most, and a client waits for it: that way loads nothing of the command line.
 */
const args = process.argv.slice(2);
const command = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '--project');
const asksForHelp = args.some((arg) => ['--help', '-h', '--version', '-V'].includes(arg));

if (command === 'stdio' || (command === undefined && !asksForHelp)) {
  const { serveOverStdio } = await import('./cli/stdio.ts');
  await serveOverStdio(args);
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(process.argv);
}
