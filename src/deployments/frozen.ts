import { overridesOn } from '../approvals/overrides.ts';
import { now } from '../platform/clock.ts';
import { environmentOf, type Project } from '../project.ts';
import type { Failure } from './failure.ts';
import { frozenBy } from './freeze.ts';
import type { OverriddenRequirement } from './overrides.ts';

/** Whether a commit may go to an environment at this moment, as far as the calendar is concerned. */
export type Calendar =
  | { open: true; overridden?: OverriddenRequirement }
  | { open: false; failure: Omit<Failure, 'step'> };

/** Asks the freeze windows, and whether a person has signed that they do not count for this commit. */
export async function askCalendar(
  project: Project,
  { at = now(), ...subject }: { environment: string; commit: string; author: string; at?: Date | undefined },
): Promise<Calendar> {
  const { environment } = subject;
  const { freeze: windows, approvals } = environmentOf(project, environment);
  const freeze = frozenBy(windows, at);
  if (!freeze) return { open: true };
  const observed = `frozen from ${freeze.from} to ${freeze.to} (${freeze.timezone})`;
  const own = (await overridesOn(project, subject)).filter(({ requirement }) => requirement === 'freeze');
  for (const one of own) {
    if ('override' in one)
      return { open: true, overridden: { name: 'freeze', observed, override: one.override } };
  }
  const [newest] = own;
  const refusal = newest && 'refusal' in newest ? ` (${newest.refusal})` : '';
  const emergency = approvals
    ? ` In an emergency ${approvals.from.join(' or ')} signs "devops-engineer override ${environment} freeze --ref ${subject.commit} --until 2h --reason … --key …".`
    : '';
  return {
    open: false,
    failure: {
      code: 'FROZEN',
      message: `${environment} is ${observed}${refusal}`,
      remedy: `Deploy after the freeze. Rollbacks are always possible.${emergency}`,
    },
  };
}
