import { sql } from 'kysely';
import { DevopsError } from '../errors.ts';
import type { Reader } from '../platform/database.ts';
import { sha256 } from '../platform/digest.ts';
import { placeOf } from '../platform/place.ts';
import type { Project } from '../project.ts';
import { anchoringProblem } from './anchoring-trouble.ts';
import { believed, readCheckpoints } from './anchors.ts';
import { ChainVerifier } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';
import { everyLink } from './read-trail.ts';
import { endOfTrail } from './trail.ts';

/** Holds the trail against itself, and against what is anchored elsewhere about it. */

export interface TrailState {
  chain: 'intact' | { brokenAt: number; why: string };
  entries: number;
  /** The newest checkpoint that the trail agrees with. */
  anchored?: { position: number; at: string; signedBy?: string };
  /** What a person should know although nothing is broken. */
  notices: string[];
}

type Verifiable = Pick<Project, 'dir' | 'config' | 'state'>;

/**
 * Checks the chain from the first entry to the last, and that it has every entry that was ever anchored.
 * @param anchors another ref of notes than ours: one that was fetched from a place out of reach for whoever doubts
 * @throws STATE_FAILED where the store cannot be read
 */
export async function verifyTrail(project: Project, anchors?: string): Promise<TrailState> {
  const checkpoints = await readCheckpoints(project, anchors);
  const state = await verifyAgainst(project, checkpoints, await placeOf(project.dir));
  const since = state.entries - (state.anchored?.position ?? 0);
  if (state.chain === 'intact' && since > 0) {
    const why = await anchoringProblem(project);
    const said = `${since} ${since === 1 ? 'entry is' : 'entries are'} not anchored: for what came last, only the chain speaks`;
    if (state.anchored) state.notices.push(said);
    if (why !== undefined) state.notices.push(why);
  }
  return state;
}

/** The same against checkpoints that are at hand. */
export async function verifyAgainst(
  project: Verifiable,
  checkpoints: readonly Checkpoint[],
  place: string,
): Promise<TrailState> {
  const found = await walk(project, checkpoints).catch((error: Error): never => {
    if (error instanceof DevopsError) throw error;
    throw new DevopsError('STATE_FAILED', `the audit trail cannot be read: ${error.message}`, {
      remedy:
        'The database file is damaged. Keep a copy for whoever looks into it, and restore state.db from a backup.',
      cause: error,
    });
  });
  const { entries } = found;
  const [own, foreign] = [
    checkpoints.filter((one) => one.chain === found.name),
    checkpoints.filter((one) => one.chain !== found.name && one.place === place),
  ];
  const notices: string[] = [];
  let broken = found.broken;
  const consider = (position: number, why: string) => {
    if (!broken || position < broken.brokenAt) broken = { brokenAt: position, why };
  };

  for (const checkpoint of own.filter(({ position, hash }) => found.hashes.get(position) !== hash)) {
    if (found.broken && checkpoint.position >= found.broken.brokenAt) continue; // that explains it
    const word = await believed(project, checkpoint);
    if ('why' in word)
      notices.push(`a checkpoint of entry ${checkpoint.position} does not count: ${word.why}`);
    else if (checkpoint.position > entries)
      consider(
        entries + 1,
        `the trail went to entry ${checkpoint.position} at ${checkpoint.at}, as anchored`,
      );
    else {
      const sound = own.filter(({ position, hash }) => found.hashes.get(position) === hash);
      const since = Math.max(
        0,
        ...sound.map(({ position }) => position).filter((at) => at < checkpoint.position),
      );
      consider(
        since + 1,
        `it or one up to entry ${checkpoint.position} is not what was anchored at ${checkpoint.at}`,
      );
    }
  }
  const anchored = await newestAgreed(project, own, found.hashes);
  const replaced = new Set(
    anchored.counted.flatMap(({ replaces }) => replaces ?? []), // said by one that counts
  );
  for (const lost of newestOfEach(foreign)) {
    if (replaced.has(lost.chain)) continue;
    const word = await believed(project, lost);
    if ('why' in word) notices.push(`a checkpoint of chain ${lost.chain} does not count: ${word.why}`);
    else
      consider(
        1,
        `the trail that was here, ${lost.position} entries at ${lost.at}, is gone (chain ${lost.chain})`,
      );
  }
  if (anchored.newest === undefined && entries > 0)
    notices.push('nothing is anchored: whether entries were cut off at the end cannot be told');
  return {
    chain: broken ?? 'intact',
    entries,
    ...(anchored.newest && { anchored: anchored.newest }),
    notices,
  };
}

interface Walked {
  broken?: { brokenAt: number; why: string };
  entries: number;
  /** Hash of the first entry. */
  name?: string;
  /** Hash of the entry at each position that a checkpoint speaks of. */
  hashes: Map<number, string>;
}

async function walk({ state }: Verifiable, checkpoints: readonly Checkpoint[]): Promise<Walked> {
  const asked = new Set(checkpoints.map(({ position }) => position));
  const verifier = new ChainVerifier(sha256);
  const walked: Walked = { entries: 0, hashes: new Map() };
  for await (const links of everyLink(state.read)) {
    for (const link of links) {
      walked.entries += 1;
      walked.name ??= link.hash;
      if (asked.has(link.position)) walked.hashes.set(link.position, link.hash);
      const why = verifier.follow(link);
      if (why === undefined) continue;
      walked.broken = { brokenAt: link.position, why };
      return walked; // what follows cannot be judged
    }
  }
  const { last, reached } = await state.snapshot(endOfTrail); // of one moment: the trail grows meanwhile
  const end = last?.position ?? 0;
  if (reached > end)
    walked.broken = { brokenAt: end + 1, why: `entries up to ${reached} were cut off at the end` };
  else await assertFindable(state.read);
  return walked;
}

/** An entry that the index does not lead to is there and is never found. @throws STATE_FAILED */
async function assertFindable(reader: Reader): Promise<void> {
  const { rows } = await sql<Record<string, string>>`pragma integrity_check(audit)`.execute(reader);
  const said = rows.flatMap((row) => Object.values(row).filter((one) => typeof one === 'string'));
  if (said.every((one) => one === 'ok')) return;
  throw new DevopsError('STATE_FAILED', `the audit trail's table is damaged: ${said[0]}`, {
    remedy: 'Keep a copy of state.db for whoever looks into it, and restore state.db from a backup.',
  });
}

async function newestAgreed(project: Verifiable, own: readonly Checkpoint[], hashes: Map<number, string>) {
  const agreeing = own
    .filter(({ position, hash }) => hashes.get(position) === hash)
    .sort((a, b) => b.position - a.position || (a.at < b.at ? 1 : -1));
  let newest: TrailState['anchored'];
  const counted: Checkpoint[] = [];
  for (const checkpoint of agreeing) {
    // Who signed matters for the newest one, and for those that say more than how far the trail went.
    if (newest && !checkpoint.replaces) continue;
    const word = await believed(project, checkpoint);
    if ('why' in word) continue;
    const { position, at } = checkpoint;
    newest ??= { position, at, ...word };
    counted.push(checkpoint);
  }
  return { newest, counted };
}

/** One for each chain, the one that went furthest. */
function newestOfEach(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const newest = new Map<string, Checkpoint>();
  for (const one of checkpoints) {
    const known = newest.get(one.chain);
    if (!known || known.position < one.position) newest.set(one.chain, one);
  }
  return [...newest.values()];
}
