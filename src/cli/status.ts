import { type GlobalOptions, openLocalApp } from './call.ts';
import { callFromCommandLine } from './named-call.ts';

/** Shows a deployment, an environment, or every environment. */
export async function status(
  environment: string | undefined,
  options: GlobalOptions & { deployment?: string },
): Promise<number> {
  if (options.deployment !== undefined) {
    return callFromCommandLine('getDeployment', { deploymentId: options.deployment, log: {} }, options);
  }
  const names = environment === undefined ? await environmentNames(options) : [environment];
  let exitCode = 0;
  for (const name of names) {
    exitCode = Math.max(exitCode, await callFromCommandLine('checkHealth', { environment: name }, options));
  }
  return exitCode;
}

async function environmentNames(options: GlobalOptions): Promise<string[]> {
  const app = await openLocalApp(options);
  try {
    return Object.keys((await app.project()).config.environments);
  } finally {
    await app.close();
  }
}
