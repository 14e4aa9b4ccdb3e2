/** Memory, from the bottom: the columns of rows, then what is allocated when the module starts and while it runs. */

const bottom: usize = 1024;

export const maxRows: i32 = 4096;
const wide: usize = 8 * <usize>maxRows;
const narrow: usize = 4 * <usize>maxRows;
export const columns: usize = bottom;
export const columnIdNumber: usize = columns;
export const columnScore: usize = columnIdNumber + wide;
export const columnCreated: usize = columnScore + wide;
export const columnStart: usize = columnCreated + wide;
export const columnEnd: usize = columnStart + narrow;
export const columnPosition: usize = columnEnd + narrow;
export const columnFlags: usize = columnPosition + narrow;
export const columnIdStem: usize = columnFlags + narrow;
export const columnIdDigits: usize = columnIdStem + narrow;
export const columnStatus: usize = columnIdDigits + narrow;
export const columnType: usize = columnStatus + narrow;
export const columnAgent: usize = columnType + narrow;
export const columnPriority: usize = columnAgent + narrow;

let top: usize = columnPriority + narrow;

/** A stretch of memory that stays taken. Memory may grow: views of it must be made anew. */
export function allocate(size: usize): usize {
  const at = (top + 15) & ~15;
  top = at + size;
  const missing = <i32>top - (memory.size() << 16);
  if (missing > 0 && memory.grow((missing + 0xffff) >> 16) < 0) unreachable();
  return at;
}
