import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely';

/** A plain `begin` takes the write lock only at the first write, and fails when someone else wrote meanwhile. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
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
