import { stringify } from 'yaml';

/** The forms, each as plain as its kind allows: no fence, no count, no hint for the next page. */

export type TaskRow = Record<string, unknown>;

export const forms: Record<string, (rows: TaskRow[]) => string> = {
  'JSON, objects': (rows) => JSON.stringify(rows),
  'JSON, pretty': (rows) => JSON.stringify(rows, null, 2),
  'JSON, arrays with a head': (rows) => JSON.stringify([headOf(rows), ...cellsOf(rows)]),
  YAML: (rows) => stringify(rows, { lineWidth: 0 }),
  'Markdown table': (rows) => {
    const head = headOf(rows);
    const body = cellsOf(rows).map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
    return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  },
  CSV: (rows) => [headOf(rows), ...cellsOf(rows)].map((cells) => cells.map(csvCell).join(',')).join('\n'),
  TSV: (rows) => [headOf(rows), ...cellsOf(rows)].map((cells) => cells.join('\t')).join('\n'),
  'bare " | " lines': (rows) => [headOf(rows), ...cellsOf(rows)].map((cells) => cells.join(' | ')).join('\n'),
  'list lines': (rows) =>
    rows
      .map(({ id, title, ...others }) => `- ${id}: ${title} (${Object.values(others).join(', ')})`)
      .join('\n'),
};

/** Every field that any row has, in the order in which they are met. */
function headOf(rows: TaskRow[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

function cellsOf(rows: TaskRow[]): string[][] {
  const head = headOf(rows);
  return rows.map((row) => head.map((field) => String(row[field] ?? '').replaceAll(/\s+/g, ' ')));
}

function csvCell(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
