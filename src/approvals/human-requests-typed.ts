/** Telling what people typed into an entry from what we wrote there. Pure. */

/**
 * The lines of an entry that are not ours, in their order: a field that was filled in, a changed status, a text behind
 * it, whatever the layout. A line that only an editor or a formatter touched is still ours.
 * @returns undefined where there is none
 */
export function typedInto(written: string, current: string): string | undefined {
  const ours = new Map<string, number>();
  for (const line of written.split('\n')) {
    const known = essence(line);
    ours.set(known, (ours.get(known) ?? 0) + 1);
  }
  const typed = current.split('\n').filter((line) => {
    const known = essence(line);
    const left = ours.get(known) ?? 0;
    if (left > 0) ours.set(known, left - 1);
    return left === 0 && known !== '';
  });
  return typed.map((line) => line.trim()).join('\n') || undefined;
}

/** A line without the marks by which editors write the same in several ways. */
function essence(line: string): string {
  return line.replace(/[*_+\-\s\\]+/g, ' ').trim();
}
