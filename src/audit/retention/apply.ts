import { digestOfFile } from '../../platform/digest.ts';
import { path, removeFile } from '../../platform/files.ts';
import { type KeptFile, keptFiles } from '../../platform/kept-files.ts';
import type { Caller, Project } from '../../project.ts';
import { record } from '../trail.ts';
import { erasureAction } from './erasures.ts';
import { type Needed, whatIsNeeded } from './needed.ts';
import { releaseLogs } from './release-logs.ts';

/** Removes what is older than policy keeps it, each with an entry in the trail. */

export interface Removed {
  object: string;
  bytes: number;
  modifiedAt: string;
}

interface Kind {
  rule: 'logs' | 'reports' | 'artifacts';
  /** Below the folder of our state. */
  folder: string;
  /** What the file is known by; undefined for one that is none of ours. */
  idOf(name: string): string | undefined;
  objectOf(name: string): string;
}

/** Of releases on this machine, by the deployment or the gate that started them; one older generation of each. */
function releaseLogKind(folder: string): Kind {
  return {
    rule: 'logs',
    folder,
    idOf: (name) => /^(?:candidate-)?([a-z]+-[a-z0-9]+)\.log(?:\.1)?$/.exec(name)?.[1],
    objectOf: (name) => `${folder}/${name}`,
  };
}

const kinds: readonly Kind[] = [
  {
    rule: 'logs',
    folder: 'logs',
    idOf: (name) => /^([a-z]+-[a-z0-9]+)\.log$/.exec(name)?.[1],
    objectOf: (name) => `logs/${name}`,
  },
  {
    rule: 'reports',
    folder: 'evidence',
    idOf: (name) => (/^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : undefined),
    objectOf: (name) => `reports/${name}`,
  },
  {
    rule: 'artifacts',
    folder: 'artifacts',
    idOf: (name) => /^([0-9a-f]{64})\.tar$/.exec(name)?.[1]?.replace(/^/, 'sha256:'),
    objectOf: (name) => `artifacts/${name}`,
  },
];

/**
 * @param isDryRun only tells what would be removed
 * @returns what was removed; nothing where policy has no rule
 * @throws FILE_FAILED
 */
export async function applyRetention(
  project: Project,
  { caller, isDryRun = false, at }: { caller: Caller; isDryRun?: boolean; at: Date },
): Promise<Removed[]> {
  const rules = project.config.retention;
  if (!rules) return [];
  const removed: Removed[] = [];
  const ofReleases = (await releaseLogs(project.stateDir)).map(({ object }) => releaseLogKind(object));
  for (const kind of [...kinds, ...ofReleases]) {
    const keptMs = rules[kind.rule];
    if (keptMs === undefined) continue;
    const old = (await keptFiles(path.join(project.stateDir, kind.folder))).filter(
      ({ modifiedAt }) => at.getTime() - modifiedAt.getTime() > keptMs,
    );
    if (old.length === 0) continue;
    const needed = await whatIsNeeded(project);
    for (const file of old) {
      const id = kind.idOf(file.name);
      if (id === undefined || needed[kind.rule satisfies keyof Needed].has(id)) continue;
      if (!isDryRun) await removeObject(project, { kind, file, caller, keptMs });
      removed.push({
        object: kind.objectOf(file.name),
        bytes: file.bytes,
        modifiedAt: file.modifiedAt.toISOString(),
      });
    }
  }
  return removed;
}

/** The entry first: a removal that was killed halfway is told, and done the next time. */
async function removeObject(
  project: Project,
  { kind, file, caller, keptMs }: { kind: Kind; file: KeptFile; caller: Caller; keptMs: number },
): Promise<void> {
  const before = await digestOfFile(file.file);
  await project.state.change((writer) =>
    record(writer, {
      caller,
      action: erasureAction,
      subject: kind.objectOf(file.name),
      decision: 'expired',
      detail: { before, rule: `retention.${kind.rule}`, keptMs, modifiedAt: file.modifiedAt.toISOString() },
    }),
  );
  await removeFile(file.file);
}
