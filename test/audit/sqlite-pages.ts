import type { Buffer } from 'node:buffer';

/** Where the entries of a table lie in a database file (https://www.sqlite.org/fileformat2.html, "B-tree Pages"). */

const tableLeaf = 0x0d;
const tableInterior = 0x05;

/** @returns the used parts of every leaf page of the table, as offsets in the file */
export function leafPages(file: Buffer, table: string): { from: number; to: number }[] {
  const pageSize = file.readUInt16BE(16) === 1 ? 65_536 : file.readUInt16BE(16);
  const found: { from: number; to: number }[] = [];
  const visit = (page: number, each: (start: number, header: number) => void) => {
    const start = (page - 1) * pageSize;
    const header = start + (page === 1 ? 100 : 0);
    const cells = file.readUInt16BE(header + 3);
    if (file[header] === tableLeaf) return each(start, header);
    if (file[header] !== tableInterior) throw new Error(`page ${page} is none of a table`);
    for (let cell = 0; cell < cells; cell += 1) {
      visit(file.readUInt32BE(start + file.readUInt16BE(header + 12 + cell * 2)), each);
    }
    visit(file.readUInt32BE(header + 8), each);
  };
  const root = rootPage(file, table, visit);
  visit(root, (start, header) => {
    const content = start + file.readUInt16BE(header + 5);
    found.push({ from: header, to: header + 8 + 2 * file.readUInt16BE(header + 3) });
    found.push({ from: content, to: start + pageSize });
  });
  return found;
}

/** The schema's rows are records: the root page is the number before the text that creates the table. */
function rootPage(
  file: Buffer,
  table: string,
  visit: (page: number, each: (start: number, header: number) => void) => void,
): number {
  let root: number | undefined;
  visit(1, (start, header) => {
    for (let cell = 0; cell < file.readUInt16BE(header + 3); cell += 1) {
      const at = start + file.readUInt16BE(header + 8 + cell * 2);
      const text = file.subarray(at, at + 4_096);
      const sql = text.indexOf(`CREATE TABLE ${table} (`);
      const named = text.indexOf(`table${table}${table}`);
      if (named !== -1 && sql !== -1 && named < sql) {
        const between = text.subarray(named + `table${table}${table}`.length, sql);
        root ??= between.length === 1 ? between.readUInt8() : between.readUIntBE(0, between.length);
      }
    }
  });
  if (root === undefined) throw new Error(`there is no table ${table}`);
  return root;
}
