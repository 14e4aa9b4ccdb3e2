import type { PolicyContent } from '../config/policy.ts';
import type { Config } from '../config/schema.ts';
import { signerLines } from '../config/weakening.ts';

/** Who may let another policy take the place of this one: its own people, whatever the other one says. Pure. */

export interface SignerRole {
  role: string;
  /** Content of its allowed signers file. */
  signers: string;
}

/**
 * The roles that approve deployments to some environment; where none does, all but the reviewers; where those are the
 * only ones who can sign, they. Roles without a signer do not count.
 * @returns none where nobody can sign
 */
export function rolesThatApprove({ text, signers }: PolicyContent): SignerRole[] {
  const { approvers, environments } = JSON.parse(text) as Pick<Config, 'approvers' | 'environments'>;
  const able = Object.entries(approvers)
    .map(([role, { allowedSigners }]) => ({ role, signers: signers[allowedSigners] ?? '' }))
    .filter((one) => signerLines(one.signers).length > 0);
  const named = new Set(Object.values(environments).flatMap(({ approvals }) => approvals?.from ?? []));
  const choices = [
    able.filter(({ role }) => named.has(role)),
    able.filter(({ role }) => role !== 'reviewer'),
    able,
  ];
  return choices.find((roles) => roles.length > 0) ?? [];
}
