import { type PackageUrl, parsePackageUrl } from '../../evidence/package-url.ts';

/** Whether a VEX statement is about the package in which something was found. Pure. */

export interface VexProduct {
  /** Identifiers and names of the product, any of which may be a package URL. */
  refs: string[];
  /** Versions that the statement is limited to. */
  versions?: string[];
  /** Components inside of the product that the statement is limited to, each with its identifiers. */
  parts: string[][];
}

export interface AffectedPackage {
  name?: string | undefined;
  version?: string | undefined;
  purl?: string | undefined;
}

/**
 * A product is the project as a whole, or the package itself; anybody else's product says nothing of ours. What the
 * report does not tell (a version, say) never matches what a statement is limited to.
 */
export function concerns(
  { refs, versions, parts }: VexProduct,
  affected: AffectedPackage,
  project: string,
): boolean {
  const isPackage = refs.some((ref) => names(ref, affected));
  if (!isPackage && !refs.some((ref) => namesProject(ref, project))) return false;
  if (versions && !(isPackage && affected.version !== undefined && versions.includes(affected.version)))
    return false;
  return parts.length === 0 || parts.some((part) => part.some((ref) => names(ref, affected)));
}

function namesProject(ref: string, project: string): boolean {
  const name = parsePackageUrl(ref)?.name ?? ref.slice(ref.lastIndexOf('/') + 1);
  return same(name, project) || same(ref, project);
}

function names(ref: string, affected: AffectedPackage): boolean {
  const url = parsePackageUrl(ref);
  if (url) return matches(url, affected);
  const { name, version } = affected;
  if (name === undefined) return false;
  return same(ref, name) || (version !== undefined && same(ref, `${name}@${version}`));
}

/** A package URL without a version means all of them; its qualifiers must be those of the package. */
function matches(wanted: PackageUrl, { name, version, purl }: AffectedPackage): boolean {
  const own = purl === undefined ? undefined : parsePackageUrl(purl);
  if (wanted.version !== undefined && wanted.version !== (own?.version ?? version)) return false;
  const qualifiers = Object.entries(wanted.qualifiers);
  if (!own)
    return name !== undefined && qualifiers.length === 0 && spellings(wanted).some((one) => same(one, name));
  return (
    own.type === wanted.type &&
    same(own.namespace, wanted.namespace) &&
    same(own.name, wanted.name) &&
    qualifiers.every(([key, value]) => own.qualifiers[key] === value)
  );
}

/** In package URLs of distributions the namespace is the distribution, which is no part of the name. */
const distributions = ['apk', 'alpm', 'deb', 'rpm'];

/** How scanners write the name of a package that they give no URL for. */
function spellings({ type, namespace, name }: PackageUrl): string[] {
  if (namespace === '' || distributions.includes(type)) return [name];
  return [`${namespace}/${name}`, `${namespace}:${name}`];
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
