import { DevopsError } from '../errors.ts';
import { exists, path, replaceFile } from '../platform/files.ts';
import { findTasksFile } from '../tasks/find-file.ts';
import { clientConfiguration } from './client-configuration.ts';
import { detectProject } from './detect.ts';
import { configName } from './find-project.ts';
import { loadConfig } from './load.ts';
import { proposeConfig } from './template.ts';

export interface InitResult {
  /** Relative to the project, in the order in which they were written. */
  created: string[];
  /** What was there already, untouched. */
  kept: string[];
  /** Text for people: how MCP clients are told of this server. */
  clientConfiguration: string;
}

/**
 * Gives a project its `devops.yaml`, task file and file of human requests, each only where it is missing.
 * @param projectDir absolute
 * @throws INVALID_ARGUMENTS where there is no such folder, CONFIG_INVALID for a broken devops.yaml, before anything
 * is written
 */
export async function initProject(projectDir: string): Promise<InitResult> {
  if (!(await exists(projectDir))) {
    throw new DevopsError('INVALID_ARGUMENTS', `there is no folder ${projectDir}`, {
      remedy: 'Create the folder first, or name another one with --project.',
    });
  }
  const configFile = path.join(projectDir, configName);
  const configured = (await exists(configFile)) ? (await loadConfig(projectDir)).config : undefined;
  const files: [file: string, content: () => Promise<string>][] = [
    [configFile, async () => proposeConfig(await detectProject(projectDir))],
    [await findTasksFile(projectDir, configured?.tasks), async () => '[]\n'],
    [path.resolve(projectDir, configured?.humanRequests ?? 'human-requests.md'), async () => humanRequests],
  ];
  const result: InitResult = {
    created: [],
    kept: [],
    clientConfiguration: clientConfiguration(projectDir),
  };
  for (const [file, content] of files) {
    const name = path.relative(projectDir, file);
    if (await exists(file)) {
      result.kept.push(name);
      continue;
    }
    await replaceFile(file, await content());
    result.created.push(name);
  }
  return result;
}

const humanRequests = `# Human Requests

## 🔄 Pending Requests
<!-- Add new requests below as "### REQ-XXXX: Title" sections -->

## 🚀 In Progress
<!-- Move requests here when being worked on -->

## ✅ Resolved
<!-- Move requests here when completed -->
`;
