import { now, timestamp } from '../platform/clock.ts';
import type { Project } from '../project.ts';

/** Rollbacks that really happened: the only proof that the way back works. */

/** A rollback is forgotten after this time: targets, scripts and services change. */
export const rehearsalCountsForMs = 90 * 24 * 60 * 60_000;

export interface Rehearsal {
  /** The rollback, or the deployment that went back by itself. */
  deploymentId: string;
  environment: string;
  /** ISO 8601. */
  at: string;
}

/**
 * The newest rollback that ended well and was proven to serve, asked for or automatic, in one of these environments and
 * on a target of this kind.
 */
export async function latestRehearsal(
  project: Project,
  { environments, targetKind }: { environments: readonly string[]; targetKind: string },
): Promise<Rehearsal | undefined> {
  const row = await project.state.read
    .selectFrom('deployments')
    .innerJoin('steps as restored', 'restored.deployment_id', 'deployments.id')
    .innerJoin('steps as verified', 'verified.deployment_id', 'deployments.id')
    .select(['deployments.id', 'deployments.environment', 'verified.finished_at'])
    .where('deployments.environment', 'in', [...environments])
    .where('restored.state', '=', 'done')
    // The target may have been another one then.
    .where('restored.result', '=', JSON.stringify(restoredOn(targetKind)))
    .where('verified.state', '=', 'done')
    .where('verified.finished_at', '>=', timestamp(new Date(now().getTime() - rehearsalCountsForMs)))
    .where('verified.finished_at', '<=', timestamp())
    .where((is) =>
      is.or([
        is.and([
          is('deployments.kind', '=', 'rollback'),
          is('deployments.state', '=', 'deployed'),
          is('restored.name', '=', 'restore'),
          is('verified.name', '=', 'verify'),
        ]),
        is.and([
          is('deployments.kind', '=', 'deploy'),
          is('deployments.state', '=', 'rolledBack'),
          is('restored.name', '=', 'restorePrevious'),
          is('verified.name', '=', 'verifyPrevious'),
        ]),
      ]),
    )
    .orderBy('verified.finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { deploymentId: row.id, environment: row.environment, at: row.finished_at ?? '' };
}

/** What the journal keeps of a release that was brought back. */
export function restoredOn(targetKind: string): { target: string } {
  return { target: targetKind };
}

/** Whether there is a release that the environment could go back to: a proven one that is not live. */
export async function canGoBack(project: Project, environment: string): Promise<boolean> {
  const row = await project.state.read
    .selectFrom('deployments')
    .leftJoin('environments', 'environments.name', 'deployments.environment')
    .select('deployments.id')
    .where('deployments.environment', '=', environment)
    .where('deployments.kind', '=', 'deploy')
    .where('deployments.state', '=', 'deployed')
    .where('environments.live_id', 'is not', null)
    .whereRef('deployments.id', '!=', 'environments.live_id')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
