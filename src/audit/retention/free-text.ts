/**
 * Where words may stand that people, tools and reports wrote. Everything else in a record has a meaning that something
 * goes by (verdicts, states, ids, digests, times, names of metrics), and is never changed. Pure.
 */

/** The place of texts in a value: the value itself, every one of a list, or fields. What is not named is no free text. */
export type FreeText = 'text' | readonly [FreeText] | { readonly [field: string]: FreeText };

/** A copy with every free text changed: never a name of a field, never any other value. */
export function changeFreeText(value: unknown, where: FreeText, change: (text: string) => string): unknown {
  if (where === 'text') return typeof value === 'string' ? change(value) : value;
  if (Array.isArray(where)) {
    const [each] = where as readonly [FreeText];
    return Array.isArray(value) ? value.map((one) => changeFreeText(one, each, change)) : value;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const fields = where as { readonly [field: string]: FreeText };
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const inner = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return [name, inner === undefined ? one : changeFreeText(one, inner, change)];
    }),
  );
}

// `rule`, `ids`, `package`, `purl` and `version` are what exceptions and VEX go by.
const evidence: FreeText = {
  problems: ['text'],
  tests: { failures: [{ name: 'text', message: 'text', file: 'text' }] },
  thresholds: { failures: ['text'] },
  findingList: [{ place: 'text', fix: 'text' }],
};

const requirements: FreeText = [
  {
    observed: 'text',
    reason: 'text',
    remedy: 'text',
    culprits: [{ name: 'text', message: 'text', file: 'text', place: 'text', fix: 'text' }],
    override: { reason: 'text' },
  },
];

/** A column of the database, under the name that its row has in a bundle. */
export interface RecordColumn {
  table: string;
  column: string;
  /** The column that names the row, and the folder of the rows. */
  key: string;
  folder: string;
  /** JSON with free text, or a column that is one; undefined for what people may look for, and that stays. */
  freeText?: FreeText;
}

/** Who asked, who decided, and what was signed: without them the record proves nothing. */
function staying(table: string, key: string, folder: string, columns: readonly string[]): RecordColumn[] {
  return columns.map((column) => ({ table, key, folder, column }));
}

export const recordColumns: readonly RecordColumn[] = [
  { table: 'evidence', column: 'evidence', key: 'id', folder: 'evidence', freeText: evidence },
  { table: 'gates', column: 'requirements', key: 'id', folder: 'gates', freeText: requirements },
  { table: 'gates', column: 'actions', key: 'id', folder: 'gates', freeText: { notices: ['text'] } },
  { table: 'gates', column: 'cancel_reason', key: 'id', folder: 'gates', freeText: 'text' },
  {
    table: 'deployments',
    column: 'failure',
    key: 'id',
    folder: 'deployments',
    freeText: { message: 'text', remedy: 'text', requirements },
  },
  { table: 'deployments', column: 'reason', key: 'id', folder: 'deployments', freeText: 'text' },
  { table: 'deployments', column: 'cancel_reason', key: 'id', folder: 'deployments', freeText: 'text' },
  { table: 'outbox', column: 'payload', key: 'id', folder: 'messages', freeText: { text: 'text' } },
  { table: 'outbox', column: 'last_error', key: 'id', folder: 'messages', freeText: 'text' },
  { table: 'escalations', column: 'text', key: 'id', folder: 'escalations', freeText: 'text' },
  { table: 'escalations', column: 'closed_why', key: 'id', folder: 'escalations', freeText: 'text' },
  { table: 'escalations', column: 'last_error', key: 'id', folder: 'escalations', freeText: 'text' },
  { table: 'human_requests', column: 'written', key: 'id', folder: 'requests', freeText: 'text' },
  { table: 'human_requests', column: 'answer', key: 'id', folder: 'requests', freeText: 'text' },
  ...staying('deployments', 'id', 'deployments', ['author', 'caller', 'runbook']),
  ...staying('steps', 'deployment_id', 'deployments', ['result']),
  ...staying('gates', 'id', 'gates', ['caller']),
  ...staying('evidence', 'id', 'evidence', ['tool', 'principal']),
  ...staying('approvals', 'id', 'approvals', ['statement']),
  ...staying('approval_answers', 'approval_id', 'approvals', ['approver', 'reason']),
  ...staying('policies', 'number', 'policies', ['content', 'signers', 'approver', 'reason', 'statement']),
  ...staying('overrides', 'id', 'overrides', ['approver', 'statement']),
];
