import canonicalize from 'canonicalize';
import type { Config } from './schema.ts';

/** A policy as it is kept and compared. */
export interface PolicyContent {
  /** Canonical JSON: what the digest of the policy is taken of. */
  text: string;
  /** Content of each allowed signers file by its path as configured; null where there is none. */
  signers: Readonly<Record<string, string | null>>;
}

/** A policy with its name. */
export interface Policy extends PolicyContent {
  /** `sha256:<hex>` */
  digest: string;
}

/** What may change without changing the policy: names, places of documents, and who is told. */
const notBinding: readonly string[] = ['project', 'tasks', 'humanRequests', 'notify', 'escalation'];

/**
 * Names the policy in force: everything that decides what may enter an environment and who may say so. Comments,
 * order and notification channels may change without changing it. Pure.
 * @param signerFiles digest of each allowed signers file, by its path
 * @returns `sha256:<hex>`
 */
export function policyDigest(
  config: Config,
  signerFiles: Readonly<Record<string, string>>,
  sha256: Sha256,
): string {
  return `sha256:${sha256(policyText(config, signerFiles))}`;
}

type Sha256 = (text: string) => string;

/** The policy in force with its digest. @param signers content of each file of `signerFileNames` */
export function policyInForce(config: Config, signers: PolicyContent['signers'], sha256: Sha256): Policy {
  const text = policyText(config, digestsOf(signers, sha256));
  return { digest: `sha256:${sha256(text)}`, text, signers };
}

/** Whether a policy that was kept is the one that the digest names, with the signers that it had. */
export function isNamedBy(digest: string, { text, signers }: PolicyContent, sha256: Sha256): boolean {
  if (digest !== `sha256:${sha256(text)}`) return false;
  try {
    const { signerFiles } = JSON.parse(text) as { signerFiles?: unknown };
    return canonicalize(signerFiles) === canonicalize(digestsOf(signers, sha256));
  } catch {
    return false;
  }
}

function policyText(config: Config, signerFiles: Readonly<Record<string, string>>): string {
  const binding = Object.entries(config).filter(([name]) => !notBinding.includes(name));
  return canonicalize({ ...Object.fromEntries(binding), signerFiles }) ?? '';
}

function digestsOf(signers: PolicyContent['signers'], sha256: Sha256): Record<string, string> {
  return Object.fromEntries(
    Object.entries(signers).map(([name, content]) => [name, `sha256:${sha256(canonicalize(content) ?? '')}`]),
  );
}

/** The files of everybody whose signature counts for something, hosts that prove who they are included, as configured. */
export function signerFileNames({ approvers, producers, environments, audit }: Config): string[] {
  const files = [
    ...Object.values(approvers).flatMap(({ allowedSigners, revokedKeys }) =>
      [allowedSigners, revokedKeys ?? []].flat(),
    ),
    ...Object.values(producers).flatMap(({ allowedSigners, publicKey }) => allowedSigners ?? publicKey ?? []),
    ...Object.values(environments).flatMap(({ target }) =>
      target.kind === 'ssh' ? (target.knownHosts ?? []) : [],
    ),
    ...(audit ? [audit.allowedSigners] : []),
  ];
  return [...new Set(files)];
}
