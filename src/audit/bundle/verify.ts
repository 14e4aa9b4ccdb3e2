import type { z } from 'zod';
import { asDevopsError, DevopsError } from '../../errors.ts';
import { digestOfBeginning, type OpenedBundle, openBundle } from '../../platform/bundle-files.ts';
import { digestOfFile, sha256 } from '../../platform/digest.ts';
import { path, readTextIfExists } from '../../platform/files.ts';
import { armored, bareSignature, verifyWithSigners } from '../../platform/signatures.ts';
import { type AuditEntry, ChainVerifier } from '../chain.ts';
import { checkpointNamespace, readCheckpointLines } from '../checkpoint.ts';
import { describeErasure, erasuresAmong } from '../retention/erasures.ts';
import { holdTogether } from './hold-together.ts';
import {
  bundleNamespace,
  type Manifest,
  manifestName,
  place,
  readManifest,
  signatureName,
} from './manifest.ts';
import { entryLine, policyPart, signersOf } from './parts.ts';

/** What a bundle is worth, judged by itself alone: no project, no database, no network. */
export interface BundleState {
  manifest: Pick<Manifest, 'deployment' | 'environment' | 'commit' | 'createdAt' | 'missing'>;
  /** `sha256:…` of the manifest, as the trail of the project recorded it. */
  digest: string;
  files: number;
  entries: number;
  /** Who signed the manifest, and the newest checkpoint in it. */
  signedBy?: string;
  anchored?: { position: number; at: string; signedBy?: string };
  /** Whose list of signers was believed: the bundle's own proves only that it agrees with itself. */
  trust: 'given' | 'own' | 'none';
  problems: string[];
  notices: string[];
}

/**
 * @param allowedSigners whom the reader believes to sign for the trail, in OpenSSH's format
 * @throws FILE_FAILED for what is no bundle
 */
export async function verifyBundle(bundlePlace: string, allowedSigners?: string): Promise<BundleState> {
  const bundle = await openBundle(bundlePlace);
  try {
    return await judge(bundle, allowedSigners);
  } finally {
    await bundle.close();
  }
}

async function judge(bundle: OpenedBundle, allowedSigners: string | undefined): Promise<BundleState> {
  const text = await textOf(bundle, manifestName);
  const manifest = text === undefined ? undefined : readManifest(text);
  if (text === undefined || !manifest) {
    throw new DevopsError('FILE_FAILED', `${manifestName} is missing or is not as it was written`, {
      remedy: 'Get the bundle again from whoever exported it; this one proves nothing.',
    });
  }
  const problems = await fileProblems(bundle, manifest);
  const read = reader(bundle, problems);
  const policy = manifest.missing.includes(place.policy) ? undefined : await read(place.policy, policyPart);
  const own = policy && signersOf(policy, 'audit');
  const signers = allowedSigners ?? own;
  const state: BundleState = {
    manifest,
    digest: `sha256:${sha256(text)}`,
    files: manifest.files.length,
    entries: 0,
    trust: allowedSigners !== undefined ? 'given' : own !== undefined ? 'own' : 'none',
    problems,
    notices: [],
  };
  const signature = await textOf(bundle, signatureName);
  if (signature === undefined) lacking(state, 'the manifest is not signed');
  else if (signers === undefined)
    state.notices.push('nobody is known to sign the manifest: give --signers to see who did');
  else if (armored(bareSignature(signature)) !== signature)
    problems.push(`${signatureName}: is not as it was written`);
  else {
    const word = await signerOf(text, signature, signers, bundleNamespace, manifest.createdAt);
    if ('why' in word) problems.push(`${signatureName}: ${word.why}`);
    else state.signedBy = word.signedBy;
  }
  const entries = await trailOf(bundle, manifest, problems);
  state.entries = entries.length;
  await holdCheckpoints(bundle, state, { entries, signers });
  const erasures = erasuresAmong(entries);
  state.notices.push(
    ...manifest.missing.map((name) => {
      const erasure = erasures.get(name);
      return erasure
        ? `${describeErasure(erasure)}, before it was exported`
        : `${name} was not there any more when it was exported`;
    }),
    ...[...erasures.values()]
      .filter(({ object, how }) => how === 'replaced' && bundle.files.includes(object))
      .map(describeErasure),
  );
  await holdTogether({
    manifest,
    entries,
    erasures,
    policy,
    problems,
    read,
    logMark: (id, bytes) => digestOfBeginning(path.join(bundle.folder, place.log(id)), bytes),
  });
  return state;
}

/** Every file is listed, every listed one is there, and each is as it was. */
async function fileProblems(bundle: OpenedBundle, { files }: Manifest): Promise<string[]> {
  const problems = bundle.odd.map((name) => `${name}: neither a file nor a folder`);
  const listed = new Map(files.map((file) => [file.path, file]));
  if (listed.size !== files.length) problems.push(`${manifestName}: lists a file twice`);
  for (const name of bundle.files) {
    if (name === manifestName || name === signatureName) continue;
    const file = listed.get(name);
    if (!file) problems.push(`${name}: is not in the manifest`);
    else if ((await digestOfFile(path.join(bundle.folder, name))) !== file.digest)
      problems.push(`${name}: was changed`);
  }
  for (const { path: name } of files) if (!bundle.files.includes(name)) problems.push(`${name}: is missing`);
  return problems;
}

export type ReadPart = <T>(name: string, shape: z.ZodType<T>) => Promise<T | undefined>;

function reader(bundle: OpenedBundle, problems: string[]): ReadPart {
  return async (name, shape) => {
    const text = await textOf(bundle, name);
    try {
      return shape.parse(JSON.parse(text ?? ''));
    } catch {
      problems.push(`${name}: ${text === undefined ? 'is missing' : 'cannot be read'}`);
      return undefined;
    }
  };
}

async function textOf({ files, folder }: OpenedBundle, name: string): Promise<string | undefined> {
  return files.includes(name) ? readTextIfExists(path.join(folder, name)) : undefined;
}

async function trailOf(bundle: OpenedBundle, { trail }: Manifest, problems: string[]): Promise<AuditEntry[]> {
  const lines = ((await textOf(bundle, place.trail)) ?? '').split('\n').filter((line) => line !== '');
  const verifier = new ChainVerifier(sha256, trail.from);
  const entries: AuditEntry[] = [];
  for (const line of lines) {
    const entry = parsedEntry(line);
    const why = entry ? verifier.next(entry) : 'it cannot be read';
    if (entry && why === undefined) entries.push(entry);
    else {
      problems.push(`${place.trail}: entry ${entry?.position ?? trail.from + entries.length}: ${why}`);
      return entries;
    }
  }
  const last = entries.at(-1);
  if (last?.position !== trail.to || last.hash !== trail.hash)
    problems.push(`${place.trail}: does not end where the manifest says`);
  if (trail.from === 1 && entries[0]?.hash !== trail.chain)
    problems.push(`${place.trail}: is of another chain than the manifest says`);
  return entries;
}

function parsedEntry(line: string): AuditEntry | undefined {
  try {
    return entryLine.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The newest checkpoint that counts vouches for every entry up to it. */
async function holdCheckpoints(
  bundle: OpenedBundle,
  state: BundleState,
  { entries, signers }: { entries: readonly AuditEntry[]; signers: string | undefined },
): Promise<void> {
  const hashes = new Map(entries.map(({ position, hash }) => [position, hash]));
  const checkpoints = readCheckpointLines((await textOf(bundle, place.checkpoints)) ?? '').sort(
    (a, b) => b.position - a.position,
  );
  for (const { position, hash, at, statement, signature } of checkpoints) {
    const word =
      signers === undefined
        ? {}
        : signature === undefined
          ? { why: 'it is not signed' }
          : await signerOf(statement, signature, signers, checkpointNamespace, at);
    if ('why' in word) state.notices.push(`the checkpoint of entry ${position} does not count: ${word.why}`);
    else if (hashes.get(position) !== hash)
      state.problems.push(`${place.checkpoints}: entry ${position} is not what was anchored at ${at}`);
    else {
      state.anchored = { position, at, ...word };
      return;
    }
  }
  lacking(state, 'nothing outside of the trail vouches for it: no checkpoint counts');
}

/** Anybody can leave out a signature: to a reader who says whom they believe, one that is not there proves nothing. */
function lacking({ trust, problems, notices }: BundleState, what: string): void {
  if (trust === 'given') problems.push(`${what}, and --signers asks for a signature`);
  else notices.push(what);
}

async function signerOf(
  statement: string,
  signature: string,
  allowedSigners: string,
  namespace: string,
  at: string,
): Promise<{ signedBy: string } | { why: string }> {
  try {
    const when = { at: new Date(at) };
    const { principal } = await verifyWithSigners({
      statement,
      signature,
      allowedSigners,
      namespace,
      ...when,
    });
    return { signedBy: principal };
  } catch (error) {
    return { why: asDevopsError(error).message };
  }
}
