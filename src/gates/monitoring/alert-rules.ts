import * as z from 'zod';
import { cleanLine } from '../../evidence/untrusted.ts';

/**
 * The alerting rules of a Prometheus server, as `GET /api/v1/rules?type=alert` tells of them (prometheus.io/docs,
 * "Querying rules"; Mimir, Thanos and VictoriaMetrics answer in the same shape). Pure.
 */

const rule = z.object({
  name: z.string(),
  type: z.string().optional(),
  health: z.string(),
  lastError: z.string().optional(),
  /** The year 1 for a rule that was never evaluated. */
  lastEvaluation: z.string().optional(),
});
const answer = z.object({
  status: z.literal('success'),
  data: z.object({ groups: z.array(z.object({ rules: z.array(rule) })) }),
});
type AlertRule = z.output<typeof rule>;

/** Rules that nobody evaluated for longer alert nobody. */
export const staleAfterMs = 10 * 60_000;

export type AlertFindings =
  | { watching: number; ailing: string[] }
  /** What is missing or ill, by rule; nothing watches as it should. */
  | { trouble: string };

/**
 * Which rules really watch.
 * @param names rules that must be there and well; without them one that is well is enough
 * @returns undefined for a text that is no such answer
 */
export function readAlertRules(
  text: string,
  { names, now }: { names?: readonly string[] | undefined; now: Date },
): AlertFindings | undefined {
  const rules = parse(text)?.filter(({ type = 'alerting' }) => type === 'alerting');
  if (!rules) return undefined;
  const ailments = rules.flatMap((one) => {
    const why = ailmentOf(one, now);
    return why === undefined ? [] : [{ name: one.name, why }];
  });
  if (names === undefined) {
    const watching = rules.length - ailments.length;
    if (watching > 0) return { watching, ailing: ailments.map(({ name }) => name) };
    if (rules.length === 0) return { trouble: 'it has no alerting rule' };
    return { trouble: `none of its ${rules.length} alerting rules is well: ${describe(ailments)}` };
  }
  const missing = names.filter((name) => !rules.some((one) => one.name === name));
  const ill = ailments.filter(({ name }) => names.includes(name));
  if (missing.length > 0) return { trouble: `it has no alerting rule ${missing.join(', ')}` };
  if (ill.length > 0) return { trouble: `alerting rules are ill: ${describe(ill)}` };
  return { watching: names.length, ailing: [] };
}

function parse(text: string): AlertRule[] | undefined {
  try {
    return answer.parse(JSON.parse(text)).data.groups.flatMap(({ rules }) => rules);
  } catch {
    return undefined;
  }
}

/** Why a rule does not watch, or undefined where it does. */
function ailmentOf({ health, lastError, lastEvaluation = '' }: AlertRule, now: Date): string | undefined {
  if (health !== 'ok') return `health ${health}${lastError ? ` (${lastError})` : ''}`;
  const age = now.getTime() - Date.parse(lastEvaluation);
  // Where the two clocks differ by more than that, nothing can be said of the time either.
  if (Number.isFinite(age) && Math.abs(age) <= staleAfterMs) return undefined;
  return lastEvaluation.startsWith('0001-')
    ? 'never evaluated'
    : `last evaluated at ${lastEvaluation || '?'}`;
}

const shown = 5;

function describe(ailments: readonly { name: string; why: string }[]): string {
  const more = ailments.length - shown;
  const list = ailments.slice(0, shown).map(({ name, why }) => cleanLine(`${name} (${why})`));
  return list.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
