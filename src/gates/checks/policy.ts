import { contentOf, namesOf, standingOfPolicy } from '../../approvals/approved-policies.ts';
import { rolesThatApprove } from '../../approvals/policy-approvers.ts';
import type { PolicyRow } from '../../platform/tables.ts';
import type { Project } from '../../project.ts';
import type { Judgement } from '../types.ts';
import type { StandingCheck } from './standing-check.ts';

/** Of every gate: the policy in force is not weaker than the last one that was approved. */
export const policy = {
  name: 'policy',
  required: () => 'not weaker than approved',
  async prove(project: Project): Promise<Judgement> {
    const standing = await standingOfPolicy(project);
    if (standing.state === 'unseen') {
      return {
        verdict: 'pass',
        observed: 'first seen',
        reason: 'The records have seen no policy yet; the first one is taken as it is.',
      };
    }
    if (standing.state === 'doubtful') {
      return {
        verdict: 'fail',
        observed: 'the record of the approved policy does not hold',
        reason: `The approved policy cannot be believed: ${standing.why}.`,
        remedy:
          'A person puts a copy of .devops/state.db in its place; "devops-engineer audit verify" shows whether more was changed.',
      };
    }
    const { approved, isSame, weaker } = standing;
    return weaker.length > 0 ? weakened(approved, weaker) : held(approved, isSame);
  },
} satisfies StandingCheck;

function held({ how, approver, role, level, at }: PolicyRow, isSame: boolean): Judgement {
  const [known, reason] =
    how === 'firstUse'
      ? ['first seen', `Seen first at ${at}, approved by nobody.`]
      : ['approved', `By ${approver}${role === null ? '' : ` (${role})`}, ${level}, at ${at}.`];
  return { verdict: 'pass', observed: isSame ? `as ${known}` : `not weaker than ${known}`, reason };
}

const shown = 10;

function weakened(approved: PolicyRow, weaker: readonly string[]): Judgement {
  const more = weaker.length - shown;
  const roles = rolesThatApprove(contentOf(approved));
  const answer =
    roles.length > 0
      ? `Somebody of the role ${namesOf(roles)} runs "devops-engineer approve policy --key FILE"`
      : 'A person runs "devops-engineer approve policy"';
  return {
    verdict: 'fail',
    observed: `weaker than approved policy ${approved.digest.slice('sha256:'.length).slice(0, 12)}`,
    reason: `It demands less in ${weaker.length === 1 ? 'one place' : `${weaker.length} places`}: ${weaker.slice(0, shown).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    remedy: `${answer}, or the change is undone.`,
  };
}
