import * as fs from 'node:fs/promises';
import type { Kysely, Transaction } from 'kysely';
import { DevopsError } from '../errors.ts';
import { path } from './files.ts';
import { migrations } from './migrations.ts';
import { prepareStateFolder } from './state-folder.ts';
import type { Tables } from './tables.ts';

/** The state of the house: one embedded SQLite file, shared by every process of the project. */

export type Reader = Kysely<Tables>;
/** Knows how to keep secrets out of what it writes; whoever writes text of others asks it to. */
export type Writer = Transaction<Tables> & { readonly redact: (text: string) => string };

export interface State {
  readonly read: Reader;
  /**
   * Runs `change` in one write transaction that no other process can interleave with. Inside, use only the writer
   * that is handed in: the one connection is taken, and `read` would wait for it for ever.
   */
  change<T>(change: (writer: Writer) => Promise<T>): Promise<T>;
  /** All that `look` reads is of one moment, and nobody waits for it. Inside, use only the reader that is handed in. */
  snapshot<T>(look: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const busyTimeoutMs = 15_000;

/**
 * The state in a database file, which is opened (and where needed created and migrated) by the first query: a call
 * that needs no state leaves no trace. Durable: a change that was acknowledged survives a power cut.
 * Queries throw STATE_FAILED when the file cannot be opened or comes from a newer version.
 */
export async function openState(file: string, redact: (text: string) => string): Promise<State> {
  const { sqlite } = await import('./sqlite-dialect.ts');
  const read = sqlite<Tables>(() => openDatabase(file));
  return {
    read,
    change: (change) => read.transaction().execute((writer) => change(Object.assign(writer, { redact }))),
    snapshot: (look) => read.transaction().setAccessMode('read only').execute(look),
    close: () => read.destroy(),
  };
}

/** Loads the code that a database needs, ahead of its use, and opens none. */
export async function loadDatabase(): Promise<void> {
  await import('./sqlite-dialect.ts');
  await import('libsql');
}

async function openDatabase(file: string): Promise<SqliteHandle> {
  try {
    await prepareStateFolder(path.dirname(file));
    const { default: Database } = await import('libsql');
    const database = new Database(file) as unknown as SqliteHandle;
    await fs.chmod(file, 0o600);
    database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    database.exec('pragma foreign_keys = on');
    migrate(database);
    return database;
  } catch (error) {
    if (error instanceof DevopsError) throw error;
    throw new DevopsError(
      'STATE_FAILED',
      `cannot open the state database ${file}: ${(error as Error).message}`,
      {
        remedy:
          'Check that the folder is writable and that the file is a database of ours; a copy can be restored in its place.',
        cause: error,
      },
    );
  }
}

interface SqliteHandle {
  exec(sql: string): void;
  prepare(sql: string): { get(): unknown };
}

function migrate(database: SqliteHandle): void {
  const version = () =>
    (database.prepare('pragma user_version').get() as { user_version: number }).user_version;
  if (version() === migrations.length) return;
  database.exec('begin immediate'); // two processes may start at once: only one migrates
  try {
    const found = version();
    if (found > migrations.length) {
      throw new DevopsError(
        'STATE_FAILED',
        `the state database has schema ${found}, this version knows ${migrations.length}`,
        {
          remedy: 'Use the version of devops-engineer that wrote it, or a newer one.',
        },
      );
    }
    for (const sql of migrations.slice(found)) database.exec(sql);
    database.exec(`pragma user_version = ${migrations.length}`);
    database.exec('commit');
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}
