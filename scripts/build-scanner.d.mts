export const target: string;
/** The text of the module. */
export function compileScanner(): Promise<string>;
