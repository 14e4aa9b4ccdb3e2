import * as z from 'zod';

/** Where the rule of a SARIF result is described. Section numbers are those of the standard (SARIF 2.1.0). */

const text = z.string().nullish();
const index = z.int().nullish();
/** CVSS, as code scanning services read it. */
export const scored = z
  .object({ 'security-severity': z.union([z.string(), z.number()]).nullish() })
  .nullish();

const rule = z.object({
  id: text,
  deprecatedIds: z.array(z.string()).nullish(),
  defaultConfiguration: z.object({ level: text }).nullish(),
  properties: scored,
});
export type Rule = z.output<typeof rule>;

const component = z.object({ name: text, guid: text, rules: z.array(rule).nullish() });
type Component = z.output<typeof component>;

export const tool = z.object({ driver: component, extensions: z.array(component).nullish() });
export type Tool = z.output<typeof tool>;

/** The ways in which a result names its rule. */
export const ruleReference = {
  ruleId: text,
  ruleIndex: index,
  rule: z
    .object({ id: text, index, toolComponent: z.object({ index, name: text, guid: text }).nullish() })
    .nullish(),
};
type RuleReference = z.output<z.ZodObject<typeof ruleReference>>;

/** The rules of the driver and of its extensions, by id; the driver's come first. */
export function rulesOf({ driver, extensions }: Tool): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>();
  for (const known of [driver, ...(extensions ?? [])].flatMap((one) => one.rules ?? [])) {
    if (known.id && !rules.has(known.id)) rules.set(known.id, known);
  }
  return rules;
}

/**
 * The rule that a result refers to, by its id or, 3.27.6, by its place in the list of its component. 3.52.4:
 * `CA1000/1` is a result of rule `CA1000` where no rule has the longer id.
 */
export function describedBy(
  { ruleId, ruleIndex, rule: reference }: RuleReference,
  from: Tool,
  rules: ReadonlyMap<string, Rule>,
): Rule | undefined {
  const at = ruleIndex ?? reference?.index ?? -1;
  const listed = componentOf(from, reference?.toolComponent)?.rules?.[at];
  const id = ruleId ?? reference?.id;
  if (!id) return listed;
  const matches = listed?.id != null && (id === listed.id || id.startsWith(`${listed.id}/`));
  if (matches) return listed;
  return rules.get(id) ?? rules.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
}

/** 3.54: the driver, unless an extension is named by its index, guid or name. */
function componentOf(
  { driver, extensions }: Tool,
  named: NonNullable<RuleReference['rule']>['toolComponent'],
): Component | undefined {
  if (named?.index != null && named.index >= 0) return extensions?.[named.index];
  const same = (one: Component) =>
    named?.guid != null ? one.guid === named.guid : named?.name != null && one.name === named.name;
  return extensions?.find(same) ?? driver;
}
