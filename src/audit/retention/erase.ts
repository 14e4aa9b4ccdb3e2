import { sql } from 'kysely';
import { DevopsError } from '../../errors.ts';
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
  const quoted = JSON.stringify(text).slice(1, -1);
  const { count } = await project.state.read
    .selectFrom('audit')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where(({ or }) => or([mentions('detail', quoted), mentions('person', quoted)]))
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

/** What was read out of reports and logs: whole columns of JSON, each under the name that it has in a bundle. */
const records = [
  { table: 'evidence', column: 'evidence', folder: 'evidence' },
  { table: 'gates', column: 'requirements', folder: 'gates' },
  { table: 'deployments', column: 'failure', folder: 'deployments' },
] as const;

async function eraseFromRecords(project: Project, request: ErasureRequest, erased: Erased): Promise<void> {
  const { text } = request;
  const without = (value: unknown) => redactAll(value, (one) => one.replaceAll(text, mark));
  await project.state.change(async (writer) => {
    for (const { table, column, folder } of records) {
      const rows = await writer
        .selectFrom(table)
        .select(['id', sql.ref<string>(column).as('json')])
        .where(mentions(column, JSON.stringify(text).slice(1, -1)))
        .execute();
      for (const { id, json } of rows) {
        const before = JSON.parse(json);
        const after = without(before);
        await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${JSON.stringify(after)} where id = ${id}`.execute(
          writer,
        );
        const object = `${folder}/${id}.json`;
        // Only evidence is held against its digest: the others are told as they stand.
        const digests = table === 'evidence' ? { before: digestOf(before), after: digestOf(after) } : {};
        await record(writer, entryOf(request, { object, how: 'replaced', ...digests }));
        erased.replaced.push(object);
      }
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

/** Whether a column says the words: `instr`, since `like` takes signs and cases of letters for others. */
function mentions(column: string, text: string) {
  return sql<boolean>`instr(${sql.ref(column)}, ${text}) > 0`;
}
