import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';

/** One benchmark: rows of figures, each contender measured in the same run. */
export interface Suite {
  name: string;
  title: string;
  run(): Promise<Record<string, string | number>[]>;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints the table and writes the JSON beside it. */
export async function report(suite: Suite): Promise<void> {
  const rows = await suite.run();
  const head = Object.keys(rows[0] ?? {});
  const lines = [head, head.map(() => '---'), ...rows.map((row) => head.map((key) => String(row[key])))];
  process.stdout.write(
    `\n## ${suite.title}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`,
  );
  const folder = path.join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) };
  await writeFile(
    path.join(folder, `${suite.name}.json`),
    `${JSON.stringify({ machine, at: new Date().toISOString(), rows }, null, 2)}\n`,
  );
}
