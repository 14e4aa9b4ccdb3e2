import { DevopsError } from '../errors.ts';
import { now } from '../platform/clock.ts';

/** What a person signed where their key is: the text as it was printed for them, and under it what ssh-keygen made. */
export interface SignedElsewhere {
  statement: string;
  signature: string;
}

/** A person reads, signs and sends within this; what lies about for longer may have been superseded in their mind. */
const longestMs = 60 * 60_000;
/** Clocks of machines differ. */
const aheadMs = 60_000;
const begin = '-----BEGIN SSH SIGNATURE-----';

/** Takes the two apart, as `cat statement statement.sig` puts them together. @throws INVALID_ARGUMENTS */
export function readSignedElsewhere(text: string): SignedElsewhere {
  const border = text.indexOf(`\n${begin}`) + 1;
  if (border > 0) return { statement: text.slice(0, border), signature: text.slice(border) };
  throw new DevopsError('INVALID_ARGUMENTS', 'this is not a signed statement', {
    remedy:
      'Give both, the statement and under it its signature: "--statement >statement", sign the file with "ssh-keygen -Y sign", then "cat statement statement.sig | … --signature -".',
  });
}

/**
 * What a statement says, where it is one of its kind.
 * @param command that prints such statements
 * @throws SIGNATURE_REFUSED
 */
export function factsOf<Facts>(facts: Facts | undefined, kind: string, command: string): Facts {
  if (facts !== undefined) return facts;
  throw new DevopsError('SIGNATURE_REFUSED', `what was signed is no statement about ${kind}`, {
    remedy: `Sign exactly what "devops-engineer ${command} --statement" prints.`,
  });
}

/** @param at when the statement was printed. @throws SIGNATURE_REFUSED */
export function assertSignedJustNow(at: string): void {
  const ageMs = now().getTime() - Date.parse(at);
  if (ageMs >= -aheadMs && ageMs <= longestMs) return;
  throw new DevopsError('SIGNATURE_REFUSED', `the statement is of ${at}, and counts for an hour`, {
    remedy: 'Print it anew with --statement, and sign that.',
  });
}

/** @param others what differs from that which there is to decide now. @throws SIGNATURE_REFUSED when anything does */
export function assertSameQuestion(others: readonly string[]): void {
  if (others.length === 0) return;
  throw new DevopsError('SIGNATURE_REFUSED', `what was signed is about another ${others.join(' and ')}`, {
    remedy: 'Print what there is to decide now with --statement, read it, and sign that.',
  });
}

/** The names of fields that are not the same in both. */
export function differingFields<Facts extends object>(
  signed: Facts,
  present: Partial<Facts>,
  names: { readonly [Field in keyof Facts]?: string },
): string[] {
  return (Object.keys(present) as (keyof Facts)[])
    .filter((field) => JSON.stringify(signed[field]) !== JSON.stringify(present[field]))
    .map((field) => names[field] ?? String(field));
}
