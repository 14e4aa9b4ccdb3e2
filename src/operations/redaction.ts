import type { Config } from '../config/schema.ts';

/** Keeps secrets out of logs, answers, documents and messages. Pure. */

const secretName = /(secret|token|password|passwd|credential|private|api_?key|access_?key|auth|session|dsn)/i;
const shortestSecret = 8;

const tokenShapes: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{22,}\b/g,
  /\bglpat-[A-Za-z0-9_-]{20,}\b/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /\bxox[abposr]-[A-Za-z0-9-]{10,}\b/g,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bsk-[A-Za-z0-9_-]{20,}\b/g,
  /\bAIza[A-Za-z0-9_-]{35}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const urlPassword = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):([^\s/@]+)@/gi;
const assignedSecret =
  /\b((?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s*[:=]\s*(?:bearer\s+)?["']?)([^\s"',;]{6,})/gi;

export type Redact = (text: string) => string;

/**
 * Builds the redaction of a process: the values of variables whose names look secret, and well-known token shapes,
 * become `[redacted]`.
 */
export function redactionFor(
  environment: Readonly<Record<string, string | undefined>>,
  declared: readonly string[] = [],
): Redact {
  const isSecret = (name: string) => secretName.test(name) || declared.includes(name);
  const values = Object.entries(environment)
    .filter(([name, value]) => isSecret(name) && (value?.length ?? 0) >= shortestSecret)
    .map(([, value]) => value as string)
    .sort((a, b) => b.length - a.length); // a secret may contain another one
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, '[redacted]');
    for (const shape of tokenShapes) clean = clean.replace(shape, '[redacted]');
    return clean.replace(urlPassword, '$1:[redacted]@').replace(assignedSecret, '$1[redacted]');
  };
}

/** Names of the variables that a configuration says are secret, by itself or by where it uses them. */
export function declaredSecrets({ secrets, notify }: Config): string[] {
  const addresses = notify.flatMap((channel) =>
    channel.kind === 'webhook' && channel.url.startsWith('$') ? [channel.url.slice(1)] : [],
  );
  return [...(secrets ?? []), ...addresses];
}

/** The redaction applied to every string of a value, the names of its fields among them. */
export function redactAll(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one) => redactAll(one, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [redact(key), redactAll(one, redact)]),
  );
}
