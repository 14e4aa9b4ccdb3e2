import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely';

/**
 * A plain `begin` takes the write lock only at the first write, and fails when someone else wrote meanwhile. For whoever
 * only reads it is right: it shows one moment, and keeps nobody from writing.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    settings?: TransactionSettings,
  ): Promise<void> {
    await connection.executeQuery(
      CompiledQuery.raw(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate'),
    );
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#config);
  }
}

/** A query builder over a database that is opened when the first query needs it. */
export function sqlite<Tables>(open: () => Promise<unknown>): Kysely<Tables> {
  const database = open as SqliteDialectConfig['database'];
  return new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database }) });
}
