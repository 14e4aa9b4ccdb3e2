import type { DeploymentState } from '../../deployments/states.ts';
import { isFinal } from '../../deployments/states.ts';
import { timestamp } from '../../platform/clock.ts';
import type { DeploymentRow } from '../../platform/tables.ts';
import type { Project } from '../../project.ts';

/** What something that goes on, or could be gone back to, rests on. It is never removed, however old. */
export interface Needed {
  /** Deployments and gates whose logs stay. */
  logs: ReadonlySet<string>;
  /** Digests of reports. */
  reports: ReadonlySet<string>;
  /** Digests of artifacts. */
  artifacts: ReadonlySet<string>;
}

/** So many proven releases of each environment can be gone back to, the live one beside them. */
const keptReleases = 5;

/** Asked anew right before each removal. */
export async function whatIsNeeded({ state }: Project): Promise<Needed> {
  const { read } = state;
  const deployments = await read
    .selectFrom('deployments')
    .selectAll()
    .orderBy('requested_at', 'desc')
    .execute();
  const live = new Set(
    (await read.selectFrom('environments').select(['live_id', 'holder_id']).execute()).flatMap(
      ({ live_id, holder_id }) => [live_id ?? [], holder_id ?? []].flat(),
    ),
  );
  const proven = new Map<string, number>();
  const isNeeded = (row: DeploymentRow): boolean => {
    if (live.has(row.id) || !isFinal(row.state as DeploymentState)) return true;
    if (row.kind !== 'deploy' || row.state !== 'deployed') return false;
    const count = (proven.get(row.environment) ?? 0) + 1;
    proven.set(row.environment, count);
    return count <= keptReleases;
  };
  const needed = deployments.filter(isNeeded);
  const commits = [...new Set(needed.map(({ commit_sha }) => commit_sha))];
  const now = timestamp();
  const gates = await read
    .selectFrom('gates')
    .select('id')
    .where((is) => is.or([is('verdict', '=', 'running'), is('expires_at', '>', now)]))
    .execute();
  const evidence = await read
    .selectFrom('evidence')
    .select('report_digest')
    .where((is) => is.or([is('expires_at', '>', now), is('commit_sha', 'in', commits)]))
    .execute();
  return {
    logs: new Set([
      ...needed.flatMap(({ id, gate_id }) => [id, ...(gate_id === null ? [] : [gate_id])]),
      ...gates.map(({ id }) => id),
    ]),
    reports: new Set(evidence.flatMap(({ report_digest }) => report_digest ?? [])),
    artifacts: new Set(needed.flatMap(({ artifact_digest }) => artifact_digest ?? [])),
  };
}
