import type { Weighed } from './approvals.ts';
import { ForgeSilent } from './ask-forge.ts';
import type { ReviewAnswer } from './source.ts';

/** Turns what a forge said, or did not, into an answer. */
export async function answerOf(
  { name: forge, program }: { name: string; program: string },
  look: () => Promise<Weighed | { unknown: string }>,
): Promise<ReviewAnswer> {
  try {
    const said = await look();
    if ('unknown' in said) return { found: 'nothing', reason: `${forge}: ${said.unknown}` };
    const [by] = said.approvedBy;
    if (by !== undefined) return { found: 'approval', by, how: `on ${forge}` };
    if (said.discounted.length === 0) {
      return { found: 'nothing', reason: `${forge}: nobody has approved it` };
    }
    return {
      found: 'refusal',
      observed: `no approval on ${forge} that counts`,
      reason: `${forge}: ${said.discounted.slice(0, shown).join('; ')}`,
    };
  } catch (error) {
    const silent = error instanceof ForgeSilent ? error : new ForgeSilent('it answered something unexpected');
    return {
      found: 'silence',
      reason: `${forge} cannot be asked: ${silent.message}`,
      remedy: silent.remedy ?? `Make ${program} answer here ("${program} auth status"), then evaluate again.`,
    };
  }
}

const shown = 5;
