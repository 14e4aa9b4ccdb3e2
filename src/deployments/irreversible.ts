import { DevopsError } from '../errors.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import { trailersOf } from '../gates/review/trailers.ts';
import { environmentOf, type Project } from '../project.ts';
import type { Release } from './targets/types.ts';

/**
 * A commit says of itself that its migration cannot be undone with a trailer: `Irreversible-Migration: drops orders.note`.
 * Going back behind it would run old code on data that it does not know.
 */
const trailer = 'Irreversible-Migration';

/** More commits than one release has; of a longer way the newest are read. */
const mostCommits = 500;
const longestReason = 200;

/**
 * What commits reachable from `newer` and not from `older` say of themselves, newest first.
 * @returns one line each: `1a2b3c4d5e6f (drops orders.note)`
 * @throws GIT_FAILED
 */
export async function irreversibleAmong(project: Project, older: string, newer: string): Promise<string[]> {
  if (older === newer) return [];
  const repository = await project.repository();
  const messages = await repository.messagesBetween(older, newer, mostCommits);
  return messages.flatMap(({ sha, message }) =>
    trailersOf(message, trailer).map(
      (why) => `${sha.slice(0, 12)} (${cleanLine(why).slice(0, longestReason) || 'it does not say why'})`,
    ),
  );
}

/**
 * What going back from one release to an earlier one means for the data.
 * @returns warnings for people
 * @throws NOT_RESTORABLE where policy refuses to go back behind a migration that cannot be undone
 */
export async function askMigrations(
  project: Project,
  { from, to }: { from: Pick<Release, 'commit' | 'environment'>; to: Pick<Release, 'commit' | 'version'> },
): Promise<{ notices: string[] }> {
  const found = await irreversibleAmong(project, to.commit, from.commit);
  if (found.length === 0) return { notices: [] };
  const what = `${to.version} is from before a migration that cannot be undone: ${found.join(', ')}`;
  const { environment } = from;
  if (environmentOf(project, environment).irreversibleMigrations === 'warn') return { notices: [what] };
  throw new DevopsError('NOT_RESTORABLE', what, {
    remedy: `Deploy a fixed release instead. Where the old one can live with the new data, a person sets environments.${environment}.irreversibleMigrations to warn.`,
  });
}
