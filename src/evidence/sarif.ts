import * as z from 'zod';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import type { Severity } from './types.ts';
import { Unreadable } from './unreadable.ts';

/** SARIF 2.1.0 (OASIS), the parts that decide what counts. Section numbers are those of the standard. */

const properties = z.object({ 'security-severity': z.union([z.string(), z.number()]).nullish() }).nullish();

const rule = z.object({
  id: z.string().nullish(),
  defaultConfiguration: z.object({ level: z.string().nullish() }).nullish(),
  properties,
});
type Rule = z.output<typeof rule>;

const component = z.object({ name: z.string().nullish(), rules: z.array(rule).nullish() });

const location = z.object({
  physicalLocation: z
    .object({
      artifactLocation: z.object({ uri: z.string().nullish() }).nullish(),
      region: z.object({ startLine: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

const result = z.object({
  ruleId: z.string().nullish(),
  ruleIndex: z.int().nullish(),
  rule: z.object({ id: z.string().nullish(), index: z.int().nullish() }).nullish(),
  kind: z.string().nullish(),
  level: z.string().nullish(),
  baselineState: z.string().nullish(),
  suppressions: z.array(z.object({ status: z.string().nullish() })).nullish(),
  locations: z.array(location).nullish(),
  properties,
});
type Result = z.output<typeof result>;

const run = z.object({
  tool: z.object({ driver: component, extensions: z.array(component).nullish() }),
  invocations: z.array(z.object({ executionSuccessful: z.boolean().nullish() })).nullish(),
  results: z.array(result).nullish(),
});
type Run = z.output<typeof run>;

/** SARIF 2.1: findings that a tool made, and nobody suppressed. */
export const sarif = jsonFormat({
  name: 'sarif',
  kind: 'findings',
  title: 'SARIF',
  detect: (head) => /"runs"\s*:/.test(head) && /sarif|"version"\s*:\s*"2\.|"driver"\s*:/i.test(head),
  schema: z.object({ version: z.string().startsWith('2.'), runs: z.array(run).nullish() }),
  interpret({ runs }) {
    if (!runs?.length) throw new Unreadable('nothing was scanned: the report has no runs');
    const tally = new FindingTally();
    for (const scan of runs) countFindings(scan, tally);
    return tally.evidence('sarif');
  },
});

function countFindings(scan: Run, tally: FindingTally): void {
  const { driver, extensions } = scan.tool;
  const toolName = driver.name ?? 'the tool';
  if (scan.invocations?.some(({ executionSuccessful }) => executionSuccessful === false)) {
    throw new Unreadable(`${toolName} says that its run was not successful`);
  }
  // 3.14.23: a run without results only describes the tool; a scan that found nothing has an empty list.
  if (!scan.results) throw new Unreadable(`nothing was scanned: the run of ${toolName} has no results`);
  const rules = new Map<string, Rule>();
  for (const known of [driver, ...(extensions ?? [])].flatMap(({ rules }) => rules ?? [])) {
    if (known.id && !rules.has(known.id)) rules.set(known.id, known);
  }
  for (const one of scan.results) {
    const id = one.ruleId ?? one.rule?.id;
    const described = byId(rules, id) ?? driver.rules?.[one.ruleIndex ?? one.rule?.index ?? -1];
    const severity = isOpen(one) ? severityOf(one, described) : undefined;
    if (severity === undefined) continue;
    const place = placeOf(one);
    tally.add({ severity, rule: id ?? described?.id ?? 'unknown', ...(place ? { place } : {}) });
  }
}

/** 3.52.4: `CA1000/1` is a result of rule `CA1000` where no rule has the longer id. */
function byId(rules: Map<string, Rule>, id: string | null | undefined): Rule | undefined {
  if (!id) return undefined;
  return rules.get(id) ?? rules.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
}

/** 3.27.9 only `fail` is a finding; 3.27.24 `absent` is gone; 3.27.23 all its suppressions must be accepted. */
function isOpen({ kind, baselineState, suppressions }: Result): boolean {
  if ((kind ?? 'fail') !== 'fail' || baselineState === 'absent') return false;
  const suppressed =
    suppressions?.length && suppressions.every(({ status }) => (status ?? 'accepted') === 'accepted');
  return !suppressed;
}

const severities: Record<string, Severity | undefined> = { error: 'high', warning: 'medium', note: 'low' };

/**
 * The score of `security-severity` (CVSS, as code scanning services read it), else the level; 3.27.10: the rule's
 * level where the result has none, and "warning" where the rule has none either. Undefined for level "none".
 */
function severityOf(one: Result, described: Rule | undefined): Severity | undefined {
  const level = one.level ?? described?.defaultConfiguration?.level ?? 'warning';
  if (level === 'none') return undefined;
  const score = Number(
    one.properties?.['security-severity'] ?? described?.properties?.['security-severity'] ?? 0,
  );
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  if (score > 0) return 'low';
  return Object.hasOwn(severities, level) ? severities[level] : 'unknown';
}

function placeOf({ locations }: Result): string | undefined {
  const physical = locations?.[0]?.physicalLocation;
  const file = physical?.artifactLocation?.uri;
  if (!file) return undefined;
  return physical.region?.startLine ? `${file}:${physical.region.startLine}` : file;
}
