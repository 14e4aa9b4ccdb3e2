import type { Commit } from '../platform/git.ts';
import type { Project } from '../project.ts';
import { findArtifact } from './artifacts.ts';
import { irreversibleAmong } from './irreversible.ts';
import { deploymentRow, liveRelease } from './releases.ts';

/** What would be different after a deployment, held against what is live. */
export interface Differences {
  /** Version that is live; undefined before the first release. */
  from?: string;
  /** Newest first, at most so many as were asked for. */
  commits: Pick<Commit, 'sha' | 'authorName' | 'subject'>[];
  commitCount: number;
  /** How many commits of the live release the other one does not have: more than none goes back in history. */
  lost: number;
  files: number;
  insertions: number;
  deletions: number;
  artifact: 'same' | 'another' | 'not built yet';
  /** Whether the rules are those under which the live release went there. */
  policy: 'same' | 'another';
  /** Migrations on the way that cannot be undone, as their commits say. */
  irreversible: string[];
}

/** Numbers of a first release are those of all that it consists of. @throws GIT_FAILED */
export async function differencesSinceLive(
  project: Project,
  environment: string,
  commit: Commit,
  { limit }: { limit: number },
): Promise<Differences> {
  const repository = await project.repository();
  const live = await liveRelease(project, environment);
  const [commits, commitCount, lost, size, artifact, row, irreversible] = await Promise.all([
    repository.between(live?.commit, commit.sha, limit),
    repository.countBetween(live?.commit, commit.sha),
    live ? repository.countBetween(commit.sha, live.commit) : 0,
    repository.diffSize(live?.commit, commit.sha),
    findArtifact(project, commit),
    live && deploymentRow(project, live.id),
    live ? irreversibleAmong(project, live.commit, commit.sha) : [],
  ]);
  return {
    ...(live && { from: live.version }),
    commits: commits.map(({ sha, authorName, subject }) => ({ sha, authorName, subject })),
    commitCount,
    lost,
    ...size,
    artifact: !artifact ? 'not built yet' : artifact.digest === live?.artifact.digest ? 'same' : 'another',
    policy: row === undefined || row.policy_digest === project.policyDigest ? 'same' : 'another',
    irreversible,
  };
}
