import { sql } from 'kysely';
import { requestsFile } from '../../approvals/requests-file.ts';
import { DevopsError } from '../../errors.ts';
import { blankOut } from '../../platform/blank-out.ts';
import { readBoundedFile } from '../../platform/bounded-file.ts';
import type { Writer } from '../../platform/database.ts';
import { digestOf, digestOfFile, sha256 } from '../../platform/digest.ts';
import { path, readTextIfExists, removeFile, replaceFile } from '../../platform/files.ts';
import { type KeptFile, keptFiles } from '../../platform/kept-files.ts';
import type { Caller, Project } from '../../project.ts';
import { record } from '../trail.ts';
import { erasureAction } from './erasures.ts';
import { changeFreeText, type RecordColumn, recordColumns } from './free-text.ts';
import { releaseLogs } from './release-logs.ts';

/**
 * What a person may ask to be erased: what tools and people said, in logs, reports, what was read out of them, messages
 * and requests. The audit trail itself stays as it is; each erasure is an entry in it, which never repeats the words.
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
  /** Records that still say the words, where they are more than words: names, ids, verdicts, what was signed. */
  stays: string[];
  /** Requests that wait in `human-requests.md`, which says the words itself. */
  openRequests: string[];
  /** Entries of the trail that say the words, and stay. */
  entriesThatStay: number;
}

const leastLength = 4;
const mostBytes = 256 * 1024 ** 2;
const mark = '[erased]';

/**
 * @throws INVALID_ARGUMENTS for words too short to mean anything, or without a reason, FILE_FAILED for a log that is too
 * large to go through or may not be written
 */
export async function eraseText(project: Project, request: ErasureRequest): Promise<Erased> {
  assertSensible(request);
  const { text } = request;
  const erased: Erased = { replaced: [], removed: [], stays: [], openRequests: [], entriesThatStay: 0 };
  for (const file of await keptFiles(path.join(project.stateDir, 'logs'))) {
    if (file.name.endsWith('.log')) await eraseFromLog(project, file, request, erased);
  }
  for (const { object: folder, files } of await releaseLogs(project.stateDir)) {
    for (const { name, file } of files) {
      if (!(await says(file, text))) continue;
      const object = `${folder}/${name}`;
      await tell(project, request, { object, how: 'replaced' }); // without digests: it goes on growing
      await blankOut(file, text);
      erased.replaced.push(object);
    }
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
    .where(({ or }) => or([mentions('detail', quoted), mentions('person', quoted), mentions('actor', text)]))
    .executeTakeFirstOrThrow();
  erased.entriesThatStay = Number(count);
  return erased;
}

function assertSensible({ text, reason }: ErasureRequest): void {
  const refuse = (what: string, remedy: string) => {
    throw new DevopsError('INVALID_ARGUMENTS', what, { remedy });
  };
  if (text.trim().length < leastLength)
    refuse(
      `"${text}" is too short to be erased wherever it stands`,
      `Give at least ${leastLength} characters, as they stand in the logs.`,
    );
  if (mark.includes(text)) refuse(`"${text}" is what is written over what was erased`, 'Give other words.');
  if (reason.trim() === '') refuse('words are erased for a reason', 'Say with --reason who asked, and why.');
  if (reason.includes(text))
    refuse(
      'the reason says the words that are to be erased',
      'Say it without them: the reason stays in the audit trail.',
    );
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
  // What stands in a request that waits would be taken for what a person typed into it.
  const waits = ((await readTextIfExists(requestsFile(project))) ?? '').includes(request.text);
  const [stays, openRequests] = [new Set<string>(), new Set<string>()];
  await project.state.change(async (writer) => {
    for (const where of recordColumns) {
      for (const row of await rowsThatSay(writer, where, request.text)) {
        const object = `${where.folder}/${row.key}.json`;
        if (where.table === 'human_requests' && waits && (await isOpen(writer, row.rowid))) {
          openRequests.add(row.key);
          continue;
        }
        const after = withoutText(row.value, where, request.text);
        if (after.stays) stays.add(object);
        if (after.value === row.value) continue;
        await sql`update ${sql.table(where.table)} set ${sql.ref(where.column)} = ${after.value} where rowid = ${row.rowid}`.execute(
          writer,
        );
        // Only evidence is held against its digest: the others are told as they stand.
        const digests =
          where.table === 'evidence'
            ? { before: digestOf(JSON.parse(row.value)), after: digestOf(JSON.parse(after.value)) }
            : {};
        await record(writer, entryOf(request, { object, how: 'replaced', ...digests }));
        if (!erased.replaced.includes(object)) erased.replaced.push(object);
      }
    }
  });
  erased.stays.push(...stays);
  erased.openRequests.push(...openRequests);
}

interface SayingRow {
  rowid: number;
  key: string;
  value: string;
}

async function rowsThatSay(
  writer: Writer,
  { table, column, key }: RecordColumn,
  text: string,
): Promise<SayingRow[]> {
  const inJson = JSON.stringify(text).slice(1, -1);
  const { rows } = await sql<SayingRow>`
    select rowid as rowid, ${sql.ref(key)} as key, ${sql.ref(column)} as value from ${sql.table(table)}
    where ${mentions(column, text)} or ${mentions(column, inJson)} order by rowid
  `.execute(writer);
  return rows.map((row) => ({ ...row, key: String(row.key) }));
}

/** The column without the words, and whether they still stand in it as something else. */
function withoutText(
  value: string,
  { freeText }: RecordColumn,
  text: string,
): { value: string; stays: boolean } {
  if (freeText === undefined) return { value, stays: true };
  const change = (one: string) => one.replaceAll(text, mark);
  if (freeText === 'text') return { value: change(value), stays: false };
  const before: unknown = JSON.parse(value);
  const after = JSON.stringify(changeFreeText(before, freeText, change));
  return {
    value: after === JSON.stringify(before) ? value : after,
    stays: after.includes(JSON.stringify(text).slice(1, -1)),
  };
}

async function isOpen(writer: Writer, rowid: number): Promise<boolean> {
  const { rows } = await sql<{ closed_at: string | null }>`
    select closed_at from human_requests where rowid = ${rowid}
  `.execute(writer);
  return rows[0]?.closed_at === null;
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
