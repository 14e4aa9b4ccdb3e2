import * as z from 'zod';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import { describedBy, type Rule, ruleReference, rulesOf, scored, tool } from './sarif-rules.ts';
import { severityOfScore } from './severities.ts';
import type { Severity } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { namesIn } from './vulnerability-names.ts';

/** SARIF 2.1.0 (OASIS), the parts that decide what counts. Section numbers are those of the standard. */

const text = z.string().nullish();

const location = z.object({
  physicalLocation: z
    .object({
      artifactLocation: z.object({ uri: text }).nullish(),
      region: z.object({ startLine: z.number().nullish() }).nullish(),
    })
    .nullish(),
  logicalLocations: z.array(z.object({ fullyQualifiedName: text, name: text })).nullish(),
});

const result = z.object({
  ...ruleReference,
  kind: text,
  level: text,
  baselineState: text,
  /** `state` is how drafts of the standard spelled `status`. */
  suppressions: z.array(z.object({ status: text, state: text })).nullish(),
  locations: z.array(location).nullish(),
  properties: scored,
});
type Result = z.output<typeof result>;

const notifications = z
  .array(
    z.object({
      level: text,
      message: z.object({ text, markdown: text }).nullish(),
      exception: z.unknown().optional(),
    }),
  )
  .nullish();

/** 3.20: the lists of an invocation; the standard allows no others. */
const invocation = z.looseObject({
  executionSuccessful: z.boolean().nullish(),
  processStartFailureMessage: text,
  toolExecutionNotifications: notifications,
  toolConfigurationNotifications: notifications,
  arguments: z.unknown().optional(),
  responseFiles: z.unknown().optional(),
  ruleConfigurationOverrides: z.unknown().optional(),
  notificationConfigurationOverrides: z.unknown().optional(),
});

const run = z.object({
  tool,
  invocations: z.array(invocation).nullish(),
  results: z.array(result).nullish(),
  externalPropertyFileReferences: z.object({ results: z.array(z.unknown()).nullish() }).nullish(),
});
type Run = z.output<typeof run>;

/** SARIF 2.1: findings that a tool made, and nobody suppressed. */
export const sarif = jsonFormat({
  name: 'sarif',
  kind: 'findings',
  title: 'SARIF',
  detect: (head) => /"runs"\s*:/.test(head) && /sarif|"version"\s*:\s*"2\.|"driver"\s*:/i.test(head),
  schema: z.object({
    version: z.string().startsWith('2.'),
    runs: z.array(run).nullish(),
    inlineExternalProperties: z.array(z.object({ results: z.array(z.unknown()).nullish() })).nullish(),
  }),
  interpret({ runs, inlineExternalProperties }) {
    if (!runs?.length) throw new Unreadable('nothing was scanned: the report has no runs');
    const tally = new FindingTally();
    const problems = runs.flatMap(problemsOf);
    // 4.2: results may be kept apart from their run; those are not read here.
    if (inlineExternalProperties?.some(({ results }) => results?.length))
      problems.push('it keeps results outside of its runs (inlineExternalProperties)');
    for (const scan of runs) countFindings(scan, tally);
    return tally.evidence('sarif', problems);
  },
});

/** Why the results of a run are not all there is to know. */
function problemsOf({
  tool: { driver },
  results,
  invocations,
  externalPropertyFileReferences,
}: Run): string[] {
  const toolName = driver.name ?? 'the tool';
  const problems: string[] = [];
  if (invocations?.some(({ executionSuccessful }) => executionSuccessful === false))
    problems.push(`${toolName} says that its run was not successful`);
  if (externalPropertyFileReferences?.results?.length)
    problems.push(`the results of ${toolName} are in other files (externalPropertyFileReferences)`);
  // 3.14.23: a run without results only describes the tool; a scan that found nothing has an empty list.
  else if (!results) problems.push(`nothing was scanned: the run of ${toolName} has no results`);
  for (const one of invocations ?? []) {
    if (one.processStartFailureMessage != null)
      problems.push(`${toolName} could not start: ${one.processStartFailureMessage}`);
    for (const [name, value] of Object.entries(one)) {
      // It might be notifications under a damaged name.
      if (Array.isArray(value) && !Object.hasOwn(invocation.shape, name))
        problems.push(`the invocation of ${toolName} has a list that SARIF does not know: ${name}`);
    }
    // 3.58.6: an error made the tool stop, or its results incorrect or incomplete.
    const told = [...(one.toolExecutionNotifications ?? []), ...(one.toolConfigurationNotifications ?? [])];
    for (const { level, message, exception } of told) {
      if (isHarmless(level) && exception == null) continue;
      problems.push(`${toolName} reports an error: ${message?.text ?? message?.markdown ?? 'without words'}`);
    }
  }
  return problems;
}

/** A notification of no level is a warning; one of a level never heard of may be worse. */
function isHarmless(level: string | null | undefined): boolean {
  return level == null || ['none', 'note', 'warning'].includes(level);
}

function countFindings(scan: Run, tally: FindingTally): void {
  const rules = rulesOf(scan.tool);
  for (const one of scan.results ?? []) {
    const described = describedBy(one, scan.tool, rules);
    const severity = severityOf(one, described);
    if (severity === undefined || one.baselineState === 'absent') continue;
    if (isSuppressed(one)) {
      tally.addSuppressed(1);
      continue;
    }
    const rule = one.ruleId ?? one.rule?.id ?? described?.id ?? 'unknown';
    const names = [rule, described?.id ?? '', ...(described?.deprecatedIds ?? [])];
    tally.add({ severity, rule, ids: [...names, ...namesIn(rule)], place: placeOf(one) });
  }
}

/** 3.27.23: every one of its suppressions must have been accepted; one without a status was. */
function isSuppressed({ suppressions }: Result): boolean {
  const asked = suppressions ?? [];
  return (
    asked.length > 0 && asked.every(({ status, state }) => (status ?? state ?? 'accepted') === 'accepted')
  );
}

const severities: Record<string, Severity | undefined> = { error: 'high', warning: 'medium', note: 'low' };

/** 3.27.9: results of these kinds tell of no problem. */
const harmless = ['pass', 'notApplicable', 'informational'];
/** 3.27.9: results of these kinds tell that the tool could not decide, so that nobody knows how bad it is. */
const undecided = ['open', 'review'];

/**
 * The score of `security-severity` (CVSS, as code scanning services read it), else the level; 3.27.10: the rule's
 * level where the result has none, and "warning" where the rule has none either. Undefined for what is no finding.
 */
function severityOf(one: Result, described: Rule | undefined): Severity | undefined {
  const kind = one.kind ?? 'fail';
  if (harmless.includes(kind)) return undefined;
  const score =
    severityOfScore(one.properties?.['security-severity']) ??
    severityOfScore(described?.properties?.['security-severity']);
  if (score) return score;
  // 3.27.10: the level of an undecided result is always "none"; it says nothing.
  const isUndecided = undecided.includes(kind);
  const level = one.level ?? (isUndecided ? 'none' : (described?.defaultConfiguration?.level ?? 'warning'));
  if (level === 'none') return isUndecided ? 'unknown' : undefined;
  return Object.hasOwn(severities, level) ? severities[level] : 'unknown';
}

function placeOf({ locations }: Result): string | undefined {
  const first = locations?.[0];
  const file = first?.physicalLocation?.artifactLocation?.uri;
  if (!file) return first?.logicalLocations?.[0]?.fullyQualifiedName ?? undefined;
  const line = first?.physicalLocation?.region?.startLine;
  return line ? `${file}:${line}` : file;
}
