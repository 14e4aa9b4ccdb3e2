/** How values get into shell text without becoming part of it. Pure. */

/**
 * One word of a POSIX shell that means exactly this text: in single quotes nothing has a meaning but their end.
 * @throws Error for a text with a NUL character, which no variable can hold
 */
export function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('a value with a NUL character cannot be handed to a shell');
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Lines that set variables of a POSIX shell.
 * @throws Error for what is no name of a variable
 */
export function assignments(values: Readonly<Record<string, string>>, { exported = false } = {}): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${name} is no name of a variable`);
      return `${exported ? 'export ' : ''}${name}=${quoted(value)}\n`;
    })
    .join('');
}
