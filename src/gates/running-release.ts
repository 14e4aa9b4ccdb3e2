import { candidateId, deploymentRow, versionOf } from '../deployments/releases.ts';
import { stagedUrl } from '../deployments/targets/staged.ts';
import type { Artifact, LogSink, Release, TargetCall } from '../deployments/targets/types.ts';
import { DevopsError } from '../errors.ts';
import { probe, servesRelease, waitUntilHealthy } from '../operations/probes.ts';
import type { Commit } from '../platform/git.ts';
import { environmentOf, type Project } from '../project.ts';

/**
 * Where a check "against" an environment meets the release under test: on the environment when it serves exactly
 * this commit, else on a candidate started beside the live release, without traffic. Never on another version.
 */
export interface RunningRelease {
  url: string;
  stop(): Promise<void>;
}

/** @throws CHECK_FAILED when the commit does not run there and cannot be started beside what does */
export async function reachRelease(
  project: Project,
  environment: string,
  {
    commit,
    artifact,
    gateId,
    log,
    signal,
  }: { commit: Commit; artifact: Artifact; gateId: string; log: LogSink; signal: AbortSignal },
): Promise<RunningRelease> {
  const { health } = environmentOf(project, environment);
  const target = project.target(environment);
  const version = versionOf(commit.sha);
  const named = { version, commit: commit.sha };
  const live = await target.live();
  // A service may say what it likes: where the target knows which release it runs, only that counts.
  const serving = target.capabilities.stage
    ? await isReleaseOf(project, live?.releaseId, commit, artifact)
    : servesRelease(live?.version ?? (await probe(target.url, health)).servedVersion ?? '', named);
  if (serving) return { url: target.url, stop: async () => undefined };
  if (!target.capabilities.stage) {
    throw new DevopsError(
      'CHECK_FAILED',
      `${environment} serves ${live?.version ?? 'something else'}, not ${version}`,
      {
        remedy: `Deploy ${version} to ${environment} first; its ${target.kind} target cannot start a candidate beside the live release.`,
      },
    );
  }
  const candidate: Release = {
    environment,
    id: candidateId(gateId),
    commit: commit.sha,
    version,
    artifact,
  };
  const call = async (): Promise<TargetCall> => ({
    fence: { deploymentId: gateId, number: await currentFence(project, environment) },
    log,
    signal,
  });
  const url = await stagedUrl(target, candidate, await call());
  const stop = async () => target.retire(candidate, await call());
  const ready = await waitUntilHealthy({ baseUrl: url, health, release: named, signal });
  if ('problem' in ready) {
    const lines = await target.releaseLog(candidate, 5);
    await stop();
    throw new DevopsError(
      'CHECK_FAILED',
      `the candidate ${version} is ${ready.problem}${lines.length > 0 ? `; it last wrote: ${lines.join(' | ')}` : ''}`,
      {
        remedy: 'Fix the start-up of the service in a new commit.',
      },
    );
  }
  return { url, stop };
}

async function isReleaseOf(
  project: Project,
  releaseId: string | undefined,
  commit: Commit,
  artifact: Artifact,
): Promise<boolean> {
  const row = releaseId === undefined ? undefined : await deploymentRow(project, releaseId);
  return row?.commit_sha === commit.sha && row.artifact_digest === artifact.digest;
}

async function currentFence(project: Project, environment: string): Promise<number> {
  const row = await project.state.read
    .selectFrom('environments')
    .select('fence')
    .where('name', '=', environment)
    .executeTakeFirst();
  return row?.fence ?? 0;
}
