import * as z from 'zod';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import type { Finding, Severity } from './types.ts';
import { Unreadable } from './unreadable.ts';

const text = z.string().optional();

/** An advisory that hits the package itself; a string instead names the dependency that brings the trouble. */
const cause = z.union([
  z.string(),
  z.object({ source: z.union([z.string(), z.number()]).optional(), url: text, title: text }),
]);

/** npm 7 and later: one entry per vulnerable package, as `npm audit` itself counts them. */
const vulnerability = z.object({
  severity: text,
  via: z.array(cause).default([]),
  nodes: z.array(z.string()).default([]),
  fixAvailable: z.union([z.boolean(), z.object({ name: z.string(), version: z.string() })]).default(false),
});

/** npm 6 (and pnpm): one entry per advisory. */
const advisory = z.object({
  severity: text,
  module_name: text,
  url: text,
  title: text,
  patched_versions: text,
  findings: z.array(z.object({ paths: z.array(z.string()).default([]) })).default([]),
});

const schema = z.object({
  error: z.unknown().optional(),
  message: text,
  vulnerabilities: z.record(z.string(), vulnerability).nullish(),
  advisories: z.record(z.string(), advisory).nullish(),
  metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()).nullish() }).nullish(),
});

/** `npm audit --json`, report versions 1 (npm 6, pnpm) and 2 (npm 7 and later). */
export const npmAudit = jsonFormat({
  name: 'npm-audit',
  kind: 'findings',
  title: 'npm audit',
  detect: (head) =>
    /"auditReportVersion"\s*:|"advisories"\s*:\s*\{|"error"\s*:\s*\{\s*"(code|summary)"/.test(head),
  schema,
  interpret(report) {
    if (report.error != null) throw new Unreadable(`npm could not scan: ${reasonOf(report)}`);
    const findings = findingsOf(report);
    if (findings.length === 0 && declaredTotal(report) > 0) {
      throw new Unreadable('the summary counts vulnerabilities, but the report lists none');
    }
    const tally = new FindingTally();
    for (const finding of findings) tally.add(finding);
    return tally.evidence('npm-audit');
  },
});

type Report = z.output<typeof schema>;

function findingsOf({ vulnerabilities, advisories }: Report): Finding[] {
  if (vulnerabilities) return Object.entries(vulnerabilities).map(fromVulnerability);
  if (advisories) return Object.entries(advisories).map(fromAdvisory);
  throw new Unreadable('npm could not scan: the report has neither vulnerabilities nor advisories');
}

function fromVulnerability([name, { severity, via, nodes, fixAvailable }]: [
  string,
  z.output<typeof vulnerability>,
]): Finding {
  const direct = via.find((one) => typeof one !== 'string');
  const [place] = nodes;
  return {
    severity: severityOf(severity),
    rule: direct ? ruleOf(direct) : `via ${via.join(', ')}`,
    package: name,
    ...(place ? { place } : {}),
    ...(fixAvailable === false ? {} : { fix: fixOf(fixAvailable) }),
  };
}

function fromAdvisory([id, entry]: [string, z.output<typeof advisory>]): Finding {
  const place = entry.findings[0]?.paths[0];
  return {
    severity: severityOf(entry.severity),
    rule: ruleOf({ ...entry, source: id }),
    ...(entry.module_name ? { package: entry.module_name } : {}),
    ...(place ? { place } : {}),
    // npm 6 writes "<0.0.0" where no release is patched.
    ...(entry.patched_versions && entry.patched_versions !== '<0.0.0'
      ? { fix: `${entry.module_name ?? 'update'} ${entry.patched_versions}` }
      : {}),
  };
}

function ruleOf({ url, source, title }: Exclude<z.output<typeof cause>, string>): string {
  const advisoryId = url?.match(/GHSA(-[\w]{4}){3}/)?.[0];
  return [advisoryId ?? source ?? url, title].filter((part) => part !== undefined).join(' ') || 'unknown';
}

function fixOf(fix: true | { name: string; version: string }): string {
  return fix === true ? 'npm audit fix' : `${fix.name}@${fix.version}`;
}

const severities: Record<string, Severity> = {
  critical: 'critical',
  high: 'high',
  moderate: 'medium',
  low: 'low',
  info: 'low',
};

function severityOf(word: string | undefined): Severity {
  return (word !== undefined && Object.hasOwn(severities, word) && severities[word]) || 'unknown';
}

function declaredTotal({ metadata }: Report): number {
  return Object.values(metadata?.vulnerabilities ?? {}).reduce((sum, number) => sum + number, 0);
}

function reasonOf({ error, message }: Report): string {
  const details = z.object({ summary: text, code: text, detail: text }).safeParse(error);
  const { summary, code, detail } = details.success ? details.data : {};
  return summary || detail || message || code || (typeof error === 'string' ? error : 'no reason given');
}
