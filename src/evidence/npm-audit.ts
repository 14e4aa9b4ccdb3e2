import * as z from 'zod';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import { severityNamed } from './severities.ts';
import type { Finding, FindingCause } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { namesIn } from './vulnerability-names.ts';

const text = z.string().nullish();

/** An advisory that hits the package itself; a string instead names the dependency that brings the trouble. */
const cause = z.union([
  z.string(),
  z.object({ source: z.union([z.string(), z.number()]).nullish(), url: text, title: text, name: text }),
]);
type Advisory = Exclude<z.output<typeof cause>, string>;

/** npm 7 and later: one entry per vulnerable package, as `npm audit` itself counts them. */
const vulnerability = z.object({
  severity: text,
  via: z.array(cause).nullish(),
  nodes: z.array(z.string()).nullish(),
  fixAvailable: z.union([z.boolean(), z.object({ name: z.string(), version: z.string() })]).nullish(),
});
type Vulnerability = z.output<typeof vulnerability>;

/** npm 6 (and pnpm): one entry per advisory. */
const advisory = z.object({
  severity: text,
  module_name: text,
  url: text,
  title: text,
  patched_versions: text,
  github_advisory_id: text,
  cves: z.array(z.string()).nullish(),
  findings: z.array(z.object({ version: text, paths: z.array(z.string()).nullish() })).nullish(),
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
    /"auditReportVersion"\s*:|"advisories"\s*:\s*\{|"error"\s*:\s*\{\s*"(code|summary)"/.test(head) ||
    (/^\s*\{\s*"actions"\s*:\s*\[/.test(head) && head.includes('"resolves"')),
  schema,
  interpret(report) {
    if (report.error != null) throw new Unreadable(`npm could not scan: ${reasonOf(report)}`);
    const tally = new FindingTally();
    for (const finding of findingsOf(report)) tally.add(finding);
    return tally.evidence('npm-audit', contradictions(report, tally));
  },
});

type Report = z.output<typeof schema>;

function findingsOf({ vulnerabilities, advisories }: Report): Finding[] {
  if (vulnerabilities) {
    const known = new Map(Object.entries(vulnerabilities));
    return [...known].map(([name, one]) => fromVulnerability(name, one, known));
  }
  if (advisories) return Object.entries(advisories).map(fromAdvisory);
  throw new Unreadable('npm could not scan: the report has neither vulnerabilities nor advisories');
}

/** Version 1 counts every path to a vulnerable package, so that only its nothing can be compared. */
function contradictions({ vulnerabilities, metadata }: Report, { total }: FindingTally): string[] {
  const { total: stated, ...bySeverity } = metadata?.vulnerabilities ?? {};
  const declared = stated ?? Object.values(bySeverity).reduce((sum, number) => sum + number, 0);
  if (total >= declared || (!vulnerabilities && total > 0)) return [];
  const listed = total === 0 ? 'none' : total;
  return [`the summary counts ${declared} vulnerabilities, but the report lists ${listed}`];
}

function fromVulnerability(
  name: string,
  { severity, via, nodes, fixAvailable }: Vulnerability,
  known: ReadonlyMap<string, Vulnerability>,
): Finding {
  const direct = via?.find((one) => typeof one !== 'string');
  const causes = causesOf(name, known);
  return {
    severity: severityNamed(severity),
    rule: direct ? ruleOf(direct) : `via ${via?.join(', ') || 'nothing'}`,
    package: name,
    place: nodes?.[0],
    fix: fixAvailable ? fixOf(fixAvailable) : undefined,
    // A package that its own single advisory hits is known by that one's names.
    ...(causes.length === 1 && causes[0]?.package === name ? { ids: causes[0].ids } : { causes }),
  };
}

/** Longer ways from a package to its advisories are not followed: a report may lead round in circles of thousands. */
const maxFollowed = 200;

/** The advisories that make a package vulnerable: its own, and those of the dependencies it has the trouble from. */
function causesOf(name: string, known: ReadonlyMap<string, Vulnerability>): FindingCause[] {
  const causes = new Map<string, FindingCause>();
  const reached = new Set([name]);
  for (const at of reached) {
    const via = reached.size > maxFollowed ? [] : known.get(at)?.via;
    // What cannot be followed to its end has no name that could be excused.
    if (!via?.length) causes.set(at, { ids: [], package: at });
    for (const one of via ?? []) {
      if (typeof one === 'string') reached.add(one);
      else causes.set(`${at} ${one.source ?? one.url ?? ''}`, { ids: idsOf(one), package: at });
    }
  }
  return [...causes.values()];
}

function fromAdvisory([id, entry]: [string, z.output<typeof advisory>]): Finding {
  const { module_name: name, patched_versions: patched, findings, github_advisory_id: github, cves } = entry;
  const first = findings?.[0];
  return {
    severity: severityNamed(entry.severity),
    rule: ruleOf({ ...entry, source: id }),
    package: name ?? undefined,
    version: first?.version ?? undefined,
    place: first?.paths?.[0],
    // npm 6 writes "<0.0.0" where no release is patched.
    fix: patched && patched !== '<0.0.0' ? `${name ?? 'update'} ${patched}` : undefined,
    ids: [...idsOf({ ...entry, source: id }), github ?? '', ...(cves ?? [])],
  };
}

function idsOf({ url, source }: Advisory): string[] {
  return [...namesIn(url ?? ''), String(source ?? '')];
}

function ruleOf({ url, source, title }: Advisory): string {
  const [advisoryId] = namesIn(url ?? '');
  return [advisoryId ?? source ?? url, title].filter((part) => part != null).join(' ');
}

function fixOf(fix: true | { name: string; version: string }): string {
  return fix === true ? 'npm audit fix' : `${fix.name}@${fix.version}`;
}

function reasonOf({ error, message }: Report): string {
  const details = z.object({ summary: text, code: text, detail: text }).safeParse(error);
  const { summary, code, detail } = details.success ? details.data : {};
  return summary || detail || message || code || (typeof error === 'string' ? error : 'no reason given');
}
