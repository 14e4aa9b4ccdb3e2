/**
 * Telling a rehearsal of a rollback from one that was needed, so that whoever practises does not look worse for it. The
 * word alone does not do: the very change that was taken back must have gone live there again. Pure.
 */

export interface RehearsalRecord {
  id: string;
  environment: string;
  kind: 'deploy' | 'rollback';
  state: string;
  commit: string;
  /** ISO 8601 UTC. */
  requestedAt: string;
  reason?: string | undefined;
  /** For rollbacks: the deployment that was taken back. */
  rollbackOf?: string | undefined;
}

/** The rollbacks that were rehearsals, and the deployments that only they took back, by id. */
export function rehearsalsAmong(records: readonly RehearsalRecord[]): Set<string> {
  const ids = new Set<string>();
  for (const rollback of records) {
    if (rollback.kind !== 'rollback' || rollback.state !== 'deployed') continue;
    if (!/^\s*rehears/i.test(rollback.reason ?? '')) continue;
    const takenBack = records.find(({ id }) => id === rollback.rollbackOf);
    const forwardAgain = records.some(
      ({ kind, state, environment, commit, requestedAt }) =>
        kind === 'deploy' &&
        ['deployed', 'rolledBack'].includes(state) &&
        environment === rollback.environment &&
        commit === takenBack?.commit &&
        requestedAt > rollback.requestedAt,
    );
    if (takenBack && forwardAgain) ids.add(rollback.id).add(takenBack.id);
  }
  return ids;
}
