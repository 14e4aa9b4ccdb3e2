import * as fs from 'node:fs/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteDialect,
  SqliteDriver,
  type Transaction,
} from 'kysely';
import { DevopsError } from '../errors.ts';
import { path } from './files.ts';
import { migrations, type Tables } from './tables.ts';

/** The state of the house: one embedded SQLite file, shared by every process of the project. */

export type Reader = Kysely<Tables>;
export type Writer = Transaction<Tables>;

export interface State {
  readonly read: Reader;
  /**
   * Runs `change` in one write transaction that no other process can interleave with. Inside, use only the writer
   * that is handed in: the one connection is taken, and `read` would wait for it for ever.
   */
  change<T>(change: (writer: Writer) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A plain `begin` takes the write lock only at the first write, and fails when someone else wrote meanwhile. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0];
  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config);
    this.#config = config;
  }
  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#config);
  }
}

const busyTimeoutMs = 15_000;

/**
 * Opens (and where needed creates and migrates) the state database. Durable: a change that was acknowledged
 * survives a power cut (`synchronous = full`).
 * @throws STATE_FAILED when the file cannot be opened or comes from a newer version
 */
export async function openState(file: string): Promise<State> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const { default: Database } = await import('libsql');
    const database = new Database(file);
    await fs.chmod(file, 0o600);
    database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    database.exec('pragma foreign_keys = on');
    migrate(database);
    const read = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database }) });
    return {
      read,
      change: (change) => read.transaction().execute(change),
      close: () => read.destroy(),
    };
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
