/** A part of a text. Pure. */
export type Span = [start: number, end: number];

/** Adds what a shape finds, without its first group: that is how it was found, and stays. */
export function keep(text: string, shape: RegExp, spans: Span[], offset = 0): void {
  shape.lastIndex = 0;
  for (let found = shape.exec(text); found; found = shape.exec(text)) {
    const start = found.index + (found[1]?.length ?? 0);
    spans.push([offset + start, offset + found.index + found[0].length]);
  }
}
