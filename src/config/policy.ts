import canonicalize from 'canonicalize';
import type { Config } from './schema.ts';

/**
 * Names the policy in force: everything that decides what may enter an environment and who may say so. Comments,
 * order and notification channels may change without changing it. Pure.
 * @param signerFiles digest of each allowed signers file, by its path
 * @returns `sha256:<hex>`
 */
export function policyDigest(
  config: Config,
  signerFiles: Readonly<Record<string, string>>,
  sha256: (text: string) => string,
): string {
  const { checks, artifact, environments, approvers } = config;
  return `sha256:${sha256(canonicalize({ checks, artifact, environments, approvers, signerFiles }) ?? '')}`;
}
