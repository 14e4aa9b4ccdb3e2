import { DevopsError } from '../errors.ts';
import { boardTools } from '../tools/board-tools.ts';
import type { Tool } from '../tools/define.ts';
import { type CallOptions, callOnce } from './call.ts';

/** As `callOnce`, of whatever tool has this name. @throws UNKNOWN_TOOL */
export async function callFromCommandLine(
  name: string,
  given: unknown,
  options: CallOptions,
): Promise<number> {
  return callOnce(await toolNamed(name), given, options);
}

async function toolNamed(name: string): Promise<Tool> {
  const boardTool = boardTools.find((tool) => tool.name === name);
  if (boardTool) return boardTool;
  const { findTool, tools } = await import('../tools/index.ts'); // with all that deployments need
  const tool = findTool(name);
  if (tool) return tool;
  throw new DevopsError('UNKNOWN_TOOL', `there is no tool "${name}"`, {
    remedy: `Use one of: ${tools.map((one) => one.name).join(', ')}.`,
  });
}
