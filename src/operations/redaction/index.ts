import { KnownValues } from './known-values.ts';
import { RedactedStream } from './stream.ts';
import { secretValues } from './values.ts';

export { declaredSecrets } from './values.ts';

/** Keeps secrets out of logs, reports, records, answers, documents and messages. Pure. */

/** Puts `[redacted]` in the place of every secret in a text. */
export interface Redact {
  (text: string): string;
  /** For lines that come one after the other: a private key on many lines is known as one. */
  lines(): (line: string) => string;
  /**
   * For bytes that come in pieces, cut anywhere, each as a text of one character for each byte (latin1): so what is no
   * UTF-8 stays as it is.
   */
  bytes(): ByteRedaction;
}

export interface ByteRedaction {
  push(piece: string): string;
  end(): string;
}

/**
 * Builds the redaction of a process: the values of variables whose names look secret, or that are declared to be, and
 * everything that looks like a token, a private key or a connection string.
 */
export function redactionFor(
  environment: Readonly<Record<string, string | undefined>>,
  declared: readonly string[] = [],
): Redact {
  const values = secretValues(environment, declared);
  const known = new KnownValues(values);
  const bytewise = new KnownValues(values.map(toByteText));
  const whole = (text: string) => {
    const stream = new RedactedStream(known);
    const start = stream.push(text);
    return start + stream.end();
  };
  return Object.assign(whole, {
    lines: () => {
      const stream = new RedactedStream(known);
      // Every line ends here, or the last one would be held back.
      return (line: string) => stream.push(`${line}\n`).slice(0, -1);
    },
    bytes: () => new RedactedStream(bytewise),
  });
}

/** One character for each byte of its UTF-8. */
function toByteText(value: string): string {
  return Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join('');
}

/** The redaction applied to every string of a value, the names of its fields among them. */
export function redactAll(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one) => redactAll(one, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [redact(key), redactAll(one, redact)]),
  );
}
