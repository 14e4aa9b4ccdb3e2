import { type App, openApp } from '../app.ts';
import { findProject } from '../config/find-project.ts';
import { callTool } from '../dispatch.ts';
import { DevopsError } from '../errors.ts';
import { userName } from '../platform/self.ts';
import type { Tool } from '../tools/define.ts';
import { print, printError, printJson } from './output.ts';

export interface GlobalOptions {
  project?: string;
  json?: boolean;
}

export async function openLocalApp({ project }: GlobalOptions): Promise<App> {
  return openApp({
    projectDir: await findProject(process.cwd(), project),
    serverEnvironment: { ...process.env },
  });
}

export interface CallOptions extends GlobalOptions {
  /** Exit with 4 when a gate does not pass or a deployment is refused, with 5 when one failed or was taken back. */
  exitCode?: boolean;
}

/** Calls one tool as MCP would and prints its answer. @returns the exit code */
export async function callOnce(tool: Tool, given: unknown, options: CallOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const answer = await callTool(app, tool, {
      name: tool.name,
      arguments: given,
      caller: { kind: 'cli', user: userName },
      signal: new AbortController().signal,
      progress: (message) => process.stderr.write(`${message}\n`),
    });
    if (!answer.ok) {
      printError(answer.error, options.json ?? false);
      return answer.error.exitCode;
    }
    if (options.json) printJson(answer.structured);
    else print(answer.text);
    return options.exitCode ? exitCodeOf(answer.structured) : 0;
  } finally {
    await app.close();
  }
}

function exitCodeOf({ verdict, refused, failure }: Record<string, unknown>): number {
  if ((verdict !== undefined && verdict !== 'pass') || refused !== undefined) return 4;
  return failure === undefined ? 0 : 5;
}

/** @throws INVALID_ARGUMENTS for text that is no JSON object */
export function parseCallArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DevopsError('INVALID_ARGUMENTS', `the arguments are not JSON: ${(error as Error).message}`, {
      remedy: `Write them as one JSON object, for example '{"environment": "staging"}'.`,
    });
  }
}
