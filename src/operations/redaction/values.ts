import type { Config } from '../../config/schema.ts';
import { secretVariables } from '../../config/secret-variables.ts';
import { encodeBase64 } from '../../evidence/base64.ts';

/** The secrets that are known by their value, since a variable of this process holds them. Pure. */

type Environment = Readonly<Record<string, string | undefined>>;

const secretName =
  /(secret|token|passw(or)?d|passphrase|_pwd$|credential|private|api_?key|access_?key|signing_?key|encryption_?key|auth(?!or)|session|dsn|connection_?string|_pat$)/i;
/** Of these the value is a place, a kind or a number, whatever else the name says. */
const harmlessName =
  /(_file|_path|_dir|_sock|_count|_limit|_ttl|_timeout|_type|_class|_desktop)$|^(xdg_|desktop_|dbus_|google_application_credentials$)/i;
const harmlessValue = /^(true|false|yes|no|on|off|none|null|\d{1,9})$/i;
const shortest = 8;

/** Names of the variables that a configuration says are secret, by itself or by where it uses them. */
export function declaredSecrets({ secrets, notify }: Pick<Config, 'secrets' | 'notify'>): string[] {
  return [...(secrets ?? []), ...notify.flatMap(secretVariables)];
}

/** Every form in which a known secret is looked for, the longest first: one may contain another. */
export function secretValues(environment: Environment, declared: readonly string[]): string[] {
  const found = Object.entries(environment).flatMap(([name, value = '']) => {
    const password = /:\/\/[^\s:/@]*:([^\s/@]+)@/.exec(value)?.[1];
    const inside = password === undefined ? [] : [password, decoded(password)];
    const looksSecret = secretName.test(name) && !harmlessName.test(name) && !harmlessValue.test(value);
    return looksSecret || declared.includes(name) ? [value, ...inside] : inside;
  });
  const lines = found.flatMap((value) => [value, ...(value.includes('\n') ? value.split(/\r?\n/) : [])]);
  const forms = lines.map((value) => value.trim()).flatMap(formsOf);
  return [...new Set(forms)]
    .filter((form) => form.length >= shortest && !form.includes('\n'))
    .sort((a, b) => b.length - a.length);
}

function formsOf(value: string): string[] {
  if (value.length < shortest || value.includes('\n')) return [];
  const bytes = new TextEncoder().encode(value);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    ...base64FormsOf(bytes),
    hex,
    hex.toUpperCase(),
  ];
}

/** As it is encoded alone, and what is always there of it where other bytes stand before or behind it. */
function base64FormsOf(bytes: Uint8Array): string[] {
  const inside = [0, 1, 2].map((before) => {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    return encodeBase64(shifted).slice(Math.ceil((before * 8) / 6), Math.floor((shifted.length * 8) / 6));
  });
  const forms = [encodeBase64(bytes).replace(/=+$/, ''), ...inside];
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
