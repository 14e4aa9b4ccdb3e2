import type { AuditConfig } from '../config/audit.ts';
import { asDevopsError, DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { path } from '../platform/files.ts';
import { placeOf } from '../platform/place.ts';
import { signStatement, verifySignature } from '../platform/signatures.ts';
import type { Project } from '../project.ts';
import {
  type Checkpoint,
  checkpointNamespace,
  readCheckpointLines,
  writeCheckpoint,
  writeCheckpointLine,
} from './checkpoint.ts';
import { endOfTrail } from './trail.ts';

/**
 * Checkpoints of the audit trail, anchored in git notes: whoever cuts off the end of the trail, or writes it anew from
 * some entry on, would have to take them back there as well, and in every clone that has them.
 */

export const checkpointNotes = 'devops-audit';

/**
 * Anchors how far the trail goes now. Where the newest checkpoint says so already, nothing is written.
 * @param replaces chains of this place that are lost for good
 * @returns undefined where there is nothing to anchor yet
 * @throws NO_REPOSITORY, UNKNOWN_COMMIT before a first commit, SIGNATURE_REFUSED, GIT_FAILED
 */
export async function anchorTrail(
  project: Project,
  replaces: readonly string[] = [],
): Promise<Checkpoint | undefined> {
  const { last } = await endOfTrail(project.state.read);
  const chain = await chainName(project);
  if (!last || chain === undefined) return undefined;
  const repository = await project.repository();
  const { sha } = await repository.resolve('HEAD');
  const place = await placeOf(project.dir);
  return withFileLock(path.join(project.stateDir, 'anchors'), async () => {
    const before = (await repository.readNote(checkpointNotes, sha)) ?? '';
    const known = readCheckpointLines(before).find(
      (one) => one.chain === chain && one.place === place && one.position >= last.position,
    );
    if (known && replaces.length === 0) return known;
    const facts = {
      project: project.config.project,
      place,
      chain,
      position: last.position,
      hash: last.hash,
      at: timestamp(),
      ...(replaces.length > 0 && { replaces: [...replaces] }),
    };
    const statement = writeCheckpoint(facts);
    const signature = await signForTrail(project, statement, checkpointNamespace);
    const line = writeCheckpointLine({ statement, ...(signature !== undefined && { signature }) });
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    await repository.writeNote(checkpointNotes, sha, `${before}${gap}${line}\n`);
    return { ...facts, statement, ...(signature !== undefined && { signature }) };
  });
}

/** The same after something of weight was recorded. What keeps it from being anchored shows in `audit verify` and health. */
export async function anchorWhatHappened(project: Project): Promise<void> {
  await anchorTrail(project).catch(() => undefined);
}

async function chainName({ state }: Project): Promise<string | undefined> {
  const first = await state.read
    .selectFrom('audit')
    .select('hash')
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
  return first?.hash;
}

/** Signs with the key of the trail. @returns undefined where none is configured @throws SIGNATURE_REFUSED */
export async function signForTrail(
  project: Project,
  statement: string,
  namespace: string,
): Promise<string | undefined> {
  const { audit } = project.config;
  if (!audit) return undefined;
  return signStatement({ statement, keyFile: signingKeyOf(project, audit), namespace });
}

/** The file of the key that signs for the trail. @throws SIGNATURE_REFUSED where its variable is not set */
export function signingKeyOf({ dir, serverEnvironment }: Project, { key }: AuditConfig): string {
  if (!key.startsWith('$')) return path.resolve(dir, key);
  const file = serverEnvironment[key.slice(1)];
  if (file !== undefined && file !== '') return path.resolve(dir, file);
  throw new DevopsError('SIGNATURE_REFUSED', `${key}, the key of the audit trail, is not set`, {
    remedy: `Start the server with ${key.slice(1)} as the path of the SSH key that audit.key means.`,
  });
}

/** Every checkpoint that the repository has, of whatever trail. @param ref another ref of notes, fetched from elsewhere */
export async function readCheckpoints(project: Project, ref = checkpointNotes): Promise<Checkpoint[]> {
  try {
    return (await (await project.repository()).notes(ref)).flatMap(readCheckpointLines);
  } catch (error) {
    if (asDevopsError(error).code === 'NO_REPOSITORY') return [];
    throw error;
  }
}

/** @returns who signed a checkpoint, or why it does not count. Unsigned ones count where nobody is named to sign them. */
export async function believed(
  { dir, config }: Pick<Project, 'dir' | 'config'>,
  { statement, signature, at }: Checkpoint,
): Promise<{ signedBy?: string } | { why: string }> {
  if (!config.audit) return {};
  if (signature === undefined) return { why: 'it is not signed' };
  try {
    const { principal } = await verifySignature({
      statement,
      signature,
      allowedSignersFile: path.resolve(dir, config.audit.allowedSigners),
      namespace: checkpointNamespace,
      at: new Date(at),
    });
    return { signedBy: principal };
  } catch (error) {
    return { why: asDevopsError(error).message };
  }
}
