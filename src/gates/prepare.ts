import type { CheckConfig } from '../config/schema.ts';
import type { LogSink } from '../deployments/targets/types.ts';
import type { Checkout } from '../platform/checkout.ts';
import { path, readTextIfExists } from '../platform/files.ts';
import { digestOfInputs, openPreparedFolders } from '../platform/prepared-folders.ts';
import { minimalEnvironment, runCommand } from '../platform/processes.ts';
import type { Project } from '../project.ts';
import { installInputs, isPackageManifest, runsOwnScripts } from './prepare-inputs.ts';

export interface Preparation {
  definition: CheckConfig;
  checkout: Checkout;
  /** Every file of the commit, relative to its top. */
  files(): Promise<readonly string[]>;
  /** As the check itself gets it. */
  environment: Record<string, string>;
  log: LogSink;
  signal: AbortSignal;
}

/**
 * Prepares a checkout for a check: from what the same command made of the same inputs before, or by running it.
 * @throws Error that says how the command failed
 */
export async function prepare(project: Project, preparation: Preparation): Promise<void> {
  const { definition, checkout, environment } = preparation;
  const command = definition.prepare;
  if (command === undefined) return;
  if (await reuse(project, preparation, command)) return;
  const failure = await runPrepare(preparation, command, checkout.projectDir, environment);
  if (failure !== undefined) throw new Error(`prepare "${command}" ${failure}`);
}

/** One at a time for each key: two checks that begin together need one install, not two. */
const underWay = new Map<string, Promise<boolean>>();

async function reuse(project: Project, preparation: Preparation, command: string): Promise<boolean> {
  const { definition, checkout, log } = preparation;
  const inputs = await inputsOf(preparation, command);
  if (inputs.length === 0) return false;
  // Nothing that names the commit: what is made here serves others, too.
  const environment = {
    ...minimalEnvironment(project.serverEnvironment, definition.passEnvironment),
    ...definition.environment,
    CI: 'true',
  };
  const folders = openPreparedFolders(path.join(project.stateDir, 'prepared'));
  const below = path.relative(checkout.dir, checkout.projectDir);
  const context = [command, below, JSON.stringify(Object.entries(environment).sort())];
  const key = await digestOfInputs(checkout.dir, inputs, context);
  const restore = async () => {
    const isRestored = await folders.restore(key, checkout.dir);
    if (isRestored) log(`"${command}": reused what it made of the same ${inputs.length} files before`);
    return isRestored;
  };
  if (await restore()) return true;
  const making =
    underWay.get(key) ??
    folders.keep(key, { checkoutDir: checkout.dir, inputs }, async (dir) => {
      const failure = await runPrepare(preparation, command, path.join(dir, below), environment);
      if (failure !== undefined)
        log(`with its own files alone it ${failure}; running it in the whole checkout`);
      return failure === undefined;
    });
  underWay.set(key, making);
  try {
    return (await making) && (await restore());
  } finally {
    underWay.delete(key);
  }
}

/** The files that decide what the command makes; none where that is not known. */
async function inputsOf(
  { definition, checkout, files: listFiles }: Preparation,
  command: string,
): Promise<string[]> {
  const files = await listFiles();
  const below = path.relative(checkout.dir, checkout.projectDir);
  if (definition.lockFiles) {
    const named = definition.lockFiles.map((file) => path.posix.join(below, file));
    return named.every((file) => files.includes(file)) ? named : [];
  }
  const inputs = installInputs(command, files);
  for (const file of inputs.filter(isPackageManifest)) {
    const text = await readTextIfExists(path.join(checkout.dir, file));
    if (text !== undefined && runsOwnScripts(text)) return [];
  }
  return inputs;
}

/** @returns how it failed, or undefined */
async function runPrepare(
  { definition, log, signal }: Preparation,
  command: string,
  workDir: string,
  environment: Record<string, string>,
): Promise<string | undefined> {
  log(`$ ${command}`);
  const { exitCode, ended, stderr } = await runCommand({
    command,
    workDir,
    environment,
    timeoutMs: definition.timeout,
    signal,
    onLine: log,
    endsStrays: true,
  });
  if (exitCode === 0) return undefined;
  return `failed (${ended ?? `exit code ${exitCode ?? 'unknown'}`}): ${stderr.trim().split('\n').at(-1)}`;
}
