import path from 'node:path';
import Database from 'libsql';

/** Asks, or changes, a project's state database behind the back of whoever uses it. */
// biome-ignore lint/suspicious/noExplicitAny: rows of every table
export function stateRows(dir: string, text: string, ...values: unknown[]): any[] {
  const database = new Database(path.join(dir, '.devops/state.db'));
  try {
    database.pragma('busy_timeout = 15000');
    const statement = database.prepare(text);
    if (text.startsWith('select')) return statement.all(values);
    statement.run(values);
    return [];
  } finally {
    database.close();
  }
}
