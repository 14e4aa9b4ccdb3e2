/** The trailers of a commit message (git-interpret-trailers(1)), and the people they name. Pure. */

/** The values of a trailer in the last paragraph of a message, in order. Its name is compared in any case. */
export function trailersOf(message: string, name: string): string[] {
  const lines = message.replaceAll('\r\n', '\n').trimEnd().split('\n');
  const end = lines.findLastIndex((line) => line.trim() === '');
  // The first paragraph is the subject, whatever it looks like.
  if (end === -1) return [];
  const values: string[] = [];
  let isOurs = false;
  for (const line of lines.slice(end + 1)) {
    if (/^\s/.test(line)) {
      if (isOurs) values.push(`${values.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const [, key = '', value = ''] = /^([A-Za-z0-9-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    isOurs = key.toLowerCase() === name.toLowerCase();
    if (isOurs) values.push(value.trim());
  }
  return values;
}

/** The mail address of `Rita Reviewer <rita@shop.example>`, or the whole value where there is none; in lower case. */
export function addressIn(value: string): string {
  return (/<([^<>]*)>\s*$/.exec(value)?.[1] ?? value).trim().toLowerCase();
}

/** Everybody who wrote a commit: its author, and who is named by `Co-authored-by:`. */
export function authorsOf({ authorEmail, message }: { authorEmail: string; message: string }): string[] {
  const others = trailersOf(message, 'Co-authored-by').map(addressIn);
  return [...new Set([authorEmail.toLowerCase(), ...others])];
}
