/** A package URL (github.com/package-url/purl-spec): `pkg:npm/%40scope/name@1.2.3?arch=x86`. */
export interface PackageUrl {
  /** `npm`, `deb`; lower case. */
  type: string;
  /** `@scope`, `org.example`, `debian`; may have slashes, and is empty where there is none. */
  namespace: string;
  name: string;
  version?: string;
  qualifiers: Readonly<Record<string, string>>;
}

/** @returns undefined for a text that is no package URL */
export function parsePackageUrl(text: string): PackageUrl | undefined {
  const match = /^pkg:\/*([A-Za-z][A-Za-z0-9.+-]*)\/([^?#]+)(?:\?([^#]*))?/.exec(text);
  if (!match) return undefined;
  const [, type = '', path = '', query = ''] = match;
  // The version begins at the last @ behind the last slash: a scope may be written with a bare @.
  const at = path.indexOf('@', path.lastIndexOf('/') + 2);
  const segments = (at < 0 ? path : path.slice(0, at)).split('/').filter(Boolean).map(decoded);
  const name = segments.pop();
  if (!name) return undefined;
  const version = at < 0 ? '' : decoded(path.slice(at + 1));
  return {
    type: type.toLowerCase(),
    namespace: segments.join('/'),
    name,
    ...(version && { version }),
    qualifiers: Object.fromEntries([...new URLSearchParams(query)]),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
