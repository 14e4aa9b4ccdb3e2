import { DevopsError } from '../../errors.ts';
import type { Evidence } from '../../evidence/types.ts';
import { redactAll } from '../../operations/redaction/index.ts';
import { readBoundedFile } from '../../platform/bounded-file.ts';
import { digestOf, digestOfFile, sha256 } from '../../platform/digest.ts';
import { path, removeFile, replaceFile } from '../../platform/files.ts';
import { type KeptFile, keptFiles } from '../../platform/kept-files.ts';
import type { Caller, Project } from '../../project.ts';
import { record } from '../trail.ts';
import { erasureAction } from './erasures.ts';

/**
 * What a person may ask to be erased: what tools said, in logs, reports and what was read out of them. The audit trail
 * itself stays as it is; each erasure is an entry in it, which never repeats the words.
 */

export interface ErasureRequest {
  text: string;
  reason: string;
  caller: Caller;
}

export interface Erased {
  /** Objects with the words taken out, and those that were removed whole. */
  replaced: string[];
  removed: string[];
  /** Entries of the trail that say the words, and stay. */
  entriesThatStay: number;
}

const leastLength = 4;
const mostBytes = 256 * 1024 ** 2;
const mark = '[erased]';

/** @throws INVALID_ARGUMENTS for words too short to mean anything, FILE_FAILED for a log too large to go through */
export async function eraseText(project: Project, request: ErasureRequest): Promise<Erased> {
  const { text } = request;
  if (text.trim().length < leastLength) {
    throw new DevopsError('INVALID_ARGUMENTS', `"${text}" is too short to be erased wherever it stands`, {
      remedy: `Give at least ${leastLength} characters, as they stand in the logs.`,
    });
  }
  const erased: Erased = { replaced: [], removed: [], entriesThatStay: 0 };
  for (const file of await keptFiles(path.join(project.stateDir, 'logs'))) {
    if (file.name.endsWith('.log')) await eraseFromLog(project, file, request, erased);
  }
  for (const file of await keptFiles(path.join(project.stateDir, 'evidence'))) {
    // Its name is the digest of its bytes: a report without these words would be another one.
    if (await says(file.file, text)) {
      const object = `reports/${file.name}`;
      await tell(project, request, { object, how: 'erased', before: await digestOfFile(file.file) });
      await removeFile(file.file);
      erased.removed.push(object);
    }
  }
  await eraseFromRecords(project, request, erased);
  const { count } = await project.state.read
    .selectFrom('audit')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where((is) => is.or([is('detail', 'like', like(text)), is('person', 'like', like(text))]))
    .executeTakeFirstOrThrow();
  erased.entriesThatStay = Number(count);
  return erased;
}

async function eraseFromLog(
  project: Project,
  { name, file }: KeptFile,
  request: ErasureRequest,
  erased: Erased,
): Promise<void> {
  const { bytes } = await readBoundedFile(file, mostBytes);
  const before = Buffer.from(bytes).toString('utf8');
  if (!before.includes(request.text)) return;
  const after = before.replaceAll(request.text, mark);
  const object = `logs/${name}`;
  await tell(project, request, {
    object,
    how: 'replaced',
    before: `sha256:${sha256(bytes)}`,
    after: `sha256:${sha256(after)}`,
  });
  await replaceFile(file, after);
  erased.replaced.push(object);
}

async function eraseFromRecords(project: Project, request: ErasureRequest, erased: Erased): Promise<void> {
  const { text } = request;
  const without = <T>(value: T): T => redactAll(value, (one: string) => one.replaceAll(text, mark)) as T;
  const pattern = like(JSON.stringify(text).slice(1, -1));
  await project.state.change(async (writer) => {
    const evidence = await writer
      .selectFrom('evidence')
      .select(['id', 'evidence'])
      .where('evidence', 'like', pattern)
      .execute();
    for (const row of evidence) {
      const before = JSON.parse(row.evidence) as Evidence;
      const after = without(before);
      await writer
        .updateTable('evidence')
        .set({ evidence: JSON.stringify(after) })
        .where('id', '=', row.id)
        .execute();
      const object = `evidence/${row.id}.json`;
      await record(
        writer,
        entryOf(request, { object, how: 'replaced', before: digestOf(before), after: digestOf(after) }),
      );
      erased.replaced.push(object);
    }
    const gates = await writer
      .selectFrom('gates')
      .select(['id', 'requirements'])
      .where('requirements', 'like', pattern)
      .execute();
    for (const { id, requirements } of gates) {
      const after = JSON.stringify(without(JSON.parse(requirements)));
      await writer.updateTable('gates').set({ requirements: after }).where('id', '=', id).execute();
      await record(writer, entryOf(request, { object: `gates/${id}.json`, how: 'replaced' }));
      erased.replaced.push(`gates/${id}.json`);
    }
    const failures = await writer
      .selectFrom('deployments')
      .select(['id', 'failure'])
      .where('failure', 'like', pattern)
      .execute();
    for (const { id, failure } of failures) {
      const after = JSON.stringify(without(JSON.parse(failure ?? 'null')));
      await writer.updateTable('deployments').set({ failure: after }).where('id', '=', id).execute();
      await record(writer, entryOf(request, { object: `deployments/${id}.json`, how: 'replaced' }));
      erased.replaced.push(`deployments/${id}.json`);
    }
  });
}

interface Told {
  object: string;
  how: 'erased' | 'replaced';
  before?: string;
  after?: string;
}

function entryOf({ caller, reason }: ErasureRequest, { object, how, before, after }: Told) {
  return {
    caller,
    action: erasureAction,
    subject: object,
    decision: how,
    detail: { reason, ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
  };
}

/** Before it is done: one that was killed halfway is told, and asked for again. */
async function tell(project: Project, request: ErasureRequest, told: Told): Promise<void> {
  await project.state.change((writer) => record(writer, entryOf(request, told)));
}

async function says(file: string, text: string): Promise<boolean> {
  const { bytes } = await readBoundedFile(file, mostBytes);
  return Buffer.from(bytes).includes(text);
}

function like(text: string): string {
  return `%${text}%`;
}
