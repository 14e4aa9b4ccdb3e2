import canonicalize from 'canonicalize';
import { type AuditEntry, contentOfEntry } from './chain.ts';

/**
 * From the bytes of the store to an entry. A text can be written in several ways that read the same (an escape in
 * another case, bytes that are no UTF-8): the hash is held against what is written, not against what it reads as. Pure.
 */

/** An entry as the store has it. */
export interface StoredEntry {
  position: number;
  /** Every other column in the order of `storedColumns`, with a zero byte between two; none of them has one. */
  columns: Uint8Array;
}

/** Those that may be null begin with a + where they are not. */
export const storedColumns = [
  'at',
  'actor',
  'caller',
  'person',
  'action',
  'subject',
  'decision',
  'detail',
  'previous',
  'hash',
] as const;
export const nullable: readonly string[] = ['caller', 'person'];

/** An entry as a link of the chain. */
export interface Link {
  position: number;
  previous: string;
  hash: string;
  /** What the hash is of; undefined where no hash can be of it. */
  content?: string;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

type Columns = Record<(typeof storedColumns)[number], string>;

function columnsOf({ columns }: StoredEntry, decoder: InstanceType<typeof TextDecoder>): Columns | undefined {
  const texts = decoder.decode(columns).split('\0');
  const [at = '', actor = '', caller = '', person = '', action = '', subject = ''] = texts;
  const [decision = '', detail = '', previous = '', hash = ''] = texts.slice(6);
  if (texts.length !== storedColumns.length) return undefined;
  return { at, actor, caller, person, action, subject, decision, detail, previous, hash };
}

export function linkOf(row: StoredEntry): Link {
  const { position } = row;
  let columns: Columns | undefined;
  try {
    columns = columnsOf(row, strict);
  } catch {
    // bytes that are no text were never hashed
  }
  if (!columns) return { position, previous: '', hash: '' };
  const { previous, hash, caller, person } = columns;
  const isOfOlderForm = caller === '' && person === '';
  const content = isOfOlderForm ? contentOfOlderForm(row, columns) : writtenContent(position, columns);
  return { position, previous, hash, ...(content !== undefined && { content }) };
}

/** The canonical JSON of an entry, put together from its parts as they are written. */
function writtenContent(position: number, columns: Columns): string {
  const { at, actor, caller, person, action, subject, decision, detail, previous } = columns;
  const text = JSON.stringify;
  const optional = (name: string, value: string) => (value === '' ? '' : `"${name}":${value.slice(1)},`);
  return `{"action":${text(action)},"actor":${text(actor)},"at":${text(at)},${optional('caller', caller)}"decision":${text(decision)},"detail":${detail},${optional('person', person)}"position":${position},"previous":${text(previous)},"subject":${text(subject)}}`;
}

/** Before entries named their caller apart, details were written in the order of their keys. */
function contentOfOlderForm(row: StoredEntry, { detail }: Columns): string | undefined {
  const entry = readStoredEntry(row);
  return JSON.stringify(entry.detail) === detail ? contentOfEntry(entry, entry.previous) : undefined;
}

/** The entry for people and programs, whatever its bytes are. */
export function readStoredEntry(row: StoredEntry): AuditEntry {
  const { caller, person, detail, ...rest } =
    columnsOf(row, lenient) ?? (Object.fromEntries(storedColumns.map((name) => [name, ''])) as Columns);
  return {
    position: row.position,
    ...rest,
    ...(caller !== '' && { caller: parsed(caller.slice(1)) as unknown as NonNullable<AuditEntry['caller']> }),
    ...(person !== '' && { person: parsed(person.slice(1)) as unknown as NonNullable<AuditEntry['person']> }),
    detail: parsed(detail),
  };
}

/** What was tampered into broken JSON must show as a broken chain, not as a crash. */
function parsed(written: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(written);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // as below
  }
  return { unreadable: written };
}

export function canonical(value: unknown): string {
  return canonicalize(value) ?? 'null';
}
