import { DevopsError } from '../../../errors.ts';
import { labelPrefix } from '../labels.ts';
import type { LogSink } from '../types.ts';
import type { ClusterClient } from './client.ts';

/**
 * Helm's records of a release: a Secret for each revision, whose labels tell its state. A Helm that was killed leaves one
 * that says that it is still at work, and every later Helm refuses to work beside it.
 */
export interface HelmRecords {
  /**
   * Deletes the record of a revision that a Helm of ours was killed in, as its label says; whatever it brought into the
   * cluster stays, and the next upgrade takes it over. Nobody of ours may be at work.
   * @returns what the record of the next revision must be labelled with, so that it is known for ours
   */
  forgetKilled(log: LogSink): Promise<string>;
}

const ownLabel = `${labelPrefix}/revision`;
const isAtWork = (state: string) => state.startsWith('pending-');

export function openHelmRecords({
  kubectl,
  release,
  targetId,
}: {
  kubectl: ClusterClient;
  release: string;
  targetId: string;
}): HelmRecords {
  // Helm hands labels on from revision to revision: only the one that names its own is the word of whoever began it.
  const mark = (revision: number) => `${targetId}.${revision}`;

  return {
    async forgetKilled(log) {
      // As a table, which has none of their content.
      const listed = await kubectl.must([
        ...['get', 'secrets', '--selector', `owner=helm,name=${release}`, '--no-headers'],
        ...['--label-columns', `version,status,${ownLabel}`],
      ]);
      const records = listed
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => {
          const [name = '', , , , version, state = '', own] = line.trim().split(/\s+/);
          return { name, revision: Number(version), state, own };
        });
      const odd = records.find(({ revision }) => !Number.isSafeInteger(revision));
      if (odd) {
        throw new DevopsError('TARGET_FAILED', `the record ${odd.name} of Helm names no revision`, {
          remedy: `See "kubectl get secret ${odd.name} --show-labels", and delete it if it is not Helm's.`,
        });
      }
      const killed = records.filter(({ revision, state, own }) => isAtWork(state) && own === mark(revision));
      for (const { revision, state } of killed) {
        log(
          `revision ${revision} of ${release} was begun by a run of ours that was killed: it is begun anew`,
        );
        const of = `owner=helm,name=${release},version=${revision},status=${state},${ownLabel}=${mark(revision)}`;
        await kubectl.change(['delete', 'secrets', '--selector', of], { log });
      }
      const kept = records.filter((one) => !killed.includes(one)).map(({ revision }) => revision);
      return `${ownLabel}=${mark(Math.max(0, ...kept) + 1)}`;
    },
  };
}
