import { digestOfBeginning } from '../../platform/bundle-files.ts';
import { digestOfFile } from '../../platform/digest.ts';
import { exists, path } from '../../platform/files.ts';
import type { Project } from '../../project.ts';
import { describeErasure, type Erasure, erasureSince, erasuresOnRecord } from './erasures.ts';
import { verifyRecords } from './verify-records.ts';

/** What lies beside the trail, held against what the trail says of it. */
export interface ObjectsState {
  /** Reports and logs that are as the trail tells. */
  kept: number;
  erased: Erasure[];
  /** What is missing or changed without an entry that says so. */
  problems: string[];
}

/**
 * Reports by their digest, logs of deployments that have ended as far as they went then, and the rows that decisions
 * rest on.
 */
export async function verifyObjects(project: Project): Promise<ObjectsState> {
  const erasures = await erasuresOnRecord(project.state.read);
  const state: ObjectsState = { kept: 0, erased: [...erasures.values()], problems: [] };
  const told = await project.state.read
    .selectFrom('audit')
    .select(['action', 'subject', 'detail', 'at'])
    .where('action', 'in', ['evidence.store', 'evidence.admit', 'deployment.record'])
    .orderBy('position')
    .execute();
  const seen = new Set<string>();
  for (const { action, subject, detail, at } of told) {
    const facts = JSON.parse(detail) as { reportDigest?: string | null; log?: Log | null };
    const { reportDigest, log } = facts;
    if (reportDigest && seen.has(reportDigest)) continue;
    if (reportDigest) seen.add(reportDigest);
    const look = async (known: ReadonlyMap<string, Erasure>): Promise<Found | undefined> => {
      if (action === 'deployment.record')
        return log ? logState(project, subject, { ...log, at }, known) : undefined;
      return reportDigest ? reportState(project, reportDigest, known) : undefined;
    };
    let found = await look(erasures);
    // It may have been taken away, and told of, since the trail was read.
    if (found !== undefined && found !== 'kept' && found !== 'erased')
      found = await look(await erasuresOnRecord(project.state.read));
    if (found === 'kept') state.kept += 1;
    else if (found !== undefined && found !== 'erased') state.problems.push(found);
  }
  state.problems.push(...(await verifyRecords(project)));
  return state;
}

/** How far a log went when its deployment ended. */
interface Log {
  bytes: number;
  digest: string;
}

type Found = 'kept' | 'erased' | (string & {});

async function reportState(
  { stateDir }: Project,
  digest: string,
  erasures: ReadonlyMap<string, Erasure>,
): Promise<Found> {
  const hex = digest.replace('sha256:', '');
  const object = `reports/${hex}`;
  const file = path.join(stateDir, 'evidence', hex);
  if (!(await exists(file))) return erasures.has(object) ? 'erased' : `${object} is missing`;
  return (await digestOfFile(file)) === digest ? 'kept' : `${object} was changed`;
}

async function logState(
  { stateDir }: Project,
  id: string,
  log: Log & { at: string },
  erasures: ReadonlyMap<string, Erasure>,
): Promise<Found> {
  const object = `logs/${id}.log`;
  const file = path.join(stateDir, object);
  const erasure = erasureSince(erasures.get(object), log.at);
  // One that had words taken out is still there.
  if (!(await exists(file))) return erasure && erasure.how !== 'replaced' ? 'erased' : `${object} is missing`;
  if (erasure?.after !== undefined)
    return (await digestOfFile(file)) === erasure.after ? 'erased' : `${object} was changed`;
  return (await digestOfBeginning(file, log.bytes)) === log.digest ? 'kept' : `${object} was changed`;
}

/** For people. */
export function describeObjects({ kept, erased, problems }: ObjectsState): string[] {
  return [
    `Beside it: ${kept} reports and logs as it tells${erased.length > 0 ? `, ${erased.length} erased` : ''}.`,
    ...erased.slice(0, shown).map((one) => `Erased: ${describeErasure(one)}.`),
    ...(erased.length > shown ? [`And ${erased.length - shown} more erased.`] : []),
    ...problems.map((one) => `NOT AS TOLD: ${one}.`),
  ];
}

const shown = 20;
