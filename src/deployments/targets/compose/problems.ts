import type { ComposeTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { type ContainerClient, complaintOf } from '../../../platform/container-client.ts';
import { exists, path, readTextIfExists } from '../../../platform/files.ts';
import type { TargetProblem } from '../types.ts';
import { overrideText } from './override.ts';
import { type Compose, type ComposeProject, composeRemedy } from './program.ts';

/** What of a compose target's needs is missing: Docker, Compose, a file that it understands, the service in it. */
export async function composeProblems({
  config,
  client,
  compose,
  projectDir,
  project,
}: {
  config: ComposeTargetConfig;
  client: ContainerClient;
  compose: Compose;
  projectDir: string;
  /** With variables as a release would give them. */
  project: Omit<ComposeProject, 'files'>;
}): Promise<TargetProblem[]> {
  const outcome = await client.run(['version', '--format', '{{.Server.Version}}']);
  if (outcome.exitCode !== 0) {
    return [
      {
        what: `"${config.docker} version" fails: ${complaintOf(outcome)}`,
        remedy:
          'Install Docker, let this user use it, and name in target.passEnvironment what leads there, such as DOCKER_HOST.',
      },
    ];
  }
  if ((await compose.find()) === undefined) {
    return [{ what: 'there is no Docker Compose', remedy: composeRemedy }];
  }
  // That of the working tree is not the one that counts, but the next commit is likely to have it.
  const file = path.join(projectDir, config.file);
  if (!(await exists(file))) {
    return [
      { what: `there is no ${config.file}`, remedy: 'Commit it, or set target.file in devops.yaml to it.' },
    ];
  }
  try {
    const nothing = { service: config.service, image: '', labels: {}, environment: {} };
    overrideText((await readTextIfExists(file)) ?? '', nothing);
    await compose.run({ ...project, files: [file] }, ['config', '--quiet']);
    return [];
  } catch (error) {
    if (!(error instanceof DevopsError)) throw error;
    return [{ what: error.message, remedy: error.remedy }];
  }
}
