import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { packFolder } from '../platform/archive.ts';
import { checkOut } from '../platform/checkout.ts';
import { timestamp } from '../platform/clock.ts';
import { digestOf } from '../platform/digest.ts';
import { exists, path } from '../platform/files.ts';
import type { Commit } from '../platform/git.ts';
import { minimalEnvironment } from '../platform/processes.ts';
import { userName } from '../platform/self.ts';
import { checkoutPlaces, type Project } from '../project.ts';
import { packImageReference } from './image-reference.ts';
import { artifactPath, versionOf } from './releases.ts';
import type { Artifact, LogSink } from './targets/types.ts';
import { runTold } from './told-command.ts';

/**
 * Build once: the artifact of a commit is made at its first use, in a clean checkout, and every environment then
 * gets that very file, named by its digest.
 */

/** The artifact of a commit if it was built before by the same definition and its file is still there. */
export async function findArtifact(
  project: Project,
  commit: Pick<Commit, 'sha'>,
): Promise<Artifact | undefined> {
  const known = await project.state.read
    .selectFrom('artifacts')
    .select('digest')
    .where('commit_sha', '=', commit.sha)
    .where('definition_digest', '=', digestOf(project.config.artifact))
    .executeTakeFirst();
  if (!known) return undefined;
  const file = artifactPath(project, known.digest);
  return (await exists(file)) ? { digest: known.digest, path: file } : undefined;
}

/** @throws BUILD_FAILED with the last lines of the build */
export async function ensureArtifact(
  project: Project,
  commit: Commit,
  log: LogSink,
  signal?: AbortSignal,
): Promise<Artifact> {
  return (await findArtifact(project, commit)) ?? (await buildArtifact(project, commit, log, signal));
}

async function buildArtifact(
  project: Project,
  commit: Commit,
  log: LogSink,
  signal: AbortSignal | undefined,
): Promise<Artifact> {
  const definition = project.config.artifact;
  const checkout = await checkOut(await project.repository(), {
    ...checkoutPlaces(project),
    sha: commit.sha,
    purpose: 'build',
  });
  try {
    let printed = '';
    for (const command of [definition.prepare, definition.build]) {
      if (command !== undefined)
        printed = await runBuildStep(project, commit, command, checkout.projectDir, log, signal);
    }
    const artifactsDir = path.join(project.stateDir, 'artifacts');
    const artifact =
      definition.path === '-'
        ? await packImageReference(printed, artifactsDir)
        : await packBuild(commit, checkout.projectDir, definition.path, artifactsDir);
    log(`artifact ${artifact.digest}`);
    await project.state.change(async (writer) => {
      await writer
        .insertInto('artifacts')
        .values({
          commit_sha: commit.sha,
          definition_digest: digestOf(definition),
          digest: artifact.digest,
          created_at: timestamp(),
        })
        .onConflict((conflict) => conflict.doUpdateSet({ digest: artifact.digest, created_at: timestamp() }))
        .execute();
      await record(writer, {
        caller: { kind: 'server', user: userName },
        action: 'artifact.build',
        subject: artifact.digest,
        decision: 'done',
        detail: { commit: commit.sha },
      });
    });
    return artifact;
  } finally {
    await checkout.remove();
  }
}

async function packBuild(commit: Commit, dir: string, what: string, intoDir: string): Promise<Artifact> {
  const folder = path.join(dir, what);
  if (await exists(folder)) return packFolder(folder, intoDir);
  throw new DevopsError('BUILD_FAILED', `the build of ${versionOf(commit.sha)} left no ${what}`, {
    remedy: 'Set artifact.path in devops.yaml to the folder that artifact.build writes.',
  });
}

/** @returns what the command wrote to its standard output */
async function runBuildStep(
  project: Project,
  commit: Commit,
  command: string,
  workDir: string,
  log: LogSink,
  signal: AbortSignal | undefined,
): Promise<string> {
  const told = await runTold(
    {
      command,
      workDir,
      timeoutMs: project.config.artifact.timeout,
      environment: {
        ...minimalEnvironment(project.serverEnvironment),
        CI: 'true',
        DEVOPS_COMMIT: commit.sha,
        DEVOPS_VERSION: versionOf(commit.sha),
      },
      signal,
      endsStrays: true,
    },
    log,
  );
  if ('stdout' in told) return told.stdout;
  throw new DevopsError('BUILD_FAILED', `"${command}" failed ${told.failure}`, {
    remedy: `Mend the build so that "${command}" succeeds in a clean checkout of ${versionOf(commit.sha)}.`,
  });
}
