/** A time as VEX files write it (RFC 3339); undefined for what is none. */
export function timeOf(text: string | null | undefined): Date | undefined {
  if (text == null || !/^\d{4}-\d{2}-\d{2}T/.test(text)) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
