import type { Selectable } from 'kysely';
import { path } from '../platform/files.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import type { Release } from './targets/types.ts';

/** Which release a deployment brought, and which one is live by our record. */

/** The first characters of the commit id: what a service must report as its version (DEVOPS_VERSION). */
export function versionOf(commitSha: string): string {
  return commitSha.slice(0, 12);
}

/** The release that a gate starts beside the live one, to test it. */
export function candidateId(gateId: string): string {
  return `candidate-${gateId}`;
}

/** Where an artifact lies, by its digest. */
export function artifactPath(project: Project, digest: string): string {
  return path.join(project.stateDir, 'artifacts', `${digest.replace('sha256:', '')}.tar`);
}

type ReleaseFacts = Pick<
  Selectable<DeploymentRow>,
  'id' | 'environment' | 'commit_sha' | 'version' | 'artifact_digest'
>;

/** @throws Error when the deployment never got an artifact */
export function releaseOf(project: Project, row: ReleaseFacts): Release {
  if (row.artifact_digest === null) throw new Error(`deployment ${row.id} has no artifact`);
  return {
    environment: row.environment,
    id: row.id,
    commit: row.commit_sha,
    version: row.version,
    artifact: { digest: row.artifact_digest, path: artifactPath(project, row.artifact_digest) },
  };
}

export async function deploymentRow(
  project: Project,
  id: string,
): Promise<Selectable<DeploymentRow> | undefined> {
  return project.state.read.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The release that is live in the environment by our record; undefined before the first one. */
export async function liveRelease(project: Project, environment: string): Promise<Release | undefined> {
  const row = await project.state.read
    .selectFrom('environments')
    .innerJoin('deployments', 'deployments.id', 'environments.live_id')
    .selectAll('deployments')
    .where('environments.name', '=', environment)
    .executeTakeFirst();
  return row && releaseOf(project, row);
}
