import { boardFile, bytesOf, discardBoards, type Format, wantedSizes } from './boards/board-files.ts';
import { bundle } from './processes/bundle.ts';
import type { Suite } from './report.ts';
import { coldFilter } from './tasks/cold-filter.ts';
import type { Row } from './tasks/row.ts';
import { statusUpdate } from './tasks/status-update.ts';
import { taskMaster } from './tasks/task-master.ts';
import { warmFilter } from './tasks/warm-filter.ts';

/** The task board on files from small to larger than a string may be. */

const formats: Format[] = ['pretty', 'minified'];
const largeBytes = 1e9;

export const tasks: Suite = {
  name: 'tasks',
  title: 'The task board',
  async run() {
    const bundles = await bundle([
      'processes/report-peak',
      'peers/stream-json-filter',
      'peers/json-parse-filter',
      'peers/raw-read',
      'peers/parse-stringify-update',
    ]);
    try {
      const rows: Row[] = [];
      for (const size of wantedSizes()) {
        const runs = bytesOf(size) < largeBytes ? 5 : 3;
        for (const format of formats) {
          const board = await boardFile(size, format);
          const name = `${size} ${format}`;
          rows.push(...(await said(`${name}: cold filter`, coldFilter(board, bundles, runs))));
          rows.push(...(await said(`${name}: warm filter`, warmFilter(board))));
          rows.push(...(await said(`${name}: status change`, statusUpdate(board, bundles, runs))));
        }
      }
      rows.push(...(await said('task-master', taskMaster())));
      return rows;
    } finally {
      await bundles.remove();
      await discardBoards();
    }
  },
};

/** The large sizes take minutes: whoever waits sees that it goes on. */
async function said(what: string, work: Promise<Row[]>): Promise<Row[]> {
  process.stderr.write(`${what}\n`);
  const rows = await work;
  for (const row of rows) {
    process.stderr.write(`  ${row.what}, ${row.contender}: ${row['median ms']} ms, ${row['peak MB']} MB\n`);
  }
  return rows;
}
