import * as z from 'zod';
import { scoreOfVector } from './cvss.ts';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import { severityNamed, severityOfScore, worstOf } from './severities.ts';
import { Unreadable } from './unreadable.ts';

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();

/** An entry of the OSV database (ossf.github.io/osv-schema). */
const vulnerability = z.object({
  id: z.string(),
  aliases: texts,
  severity: z.array(z.object({ score: text })).nullish(),
  database_specific: z.object({ severity: z.unknown().optional() }).nullish(),
  affected: z
    .array(
      z.object({
        package: z.object({ name: text }).nullish(),
        ranges: z.array(z.object({ events: z.array(z.object({ fixed: text })).nullish() })).nullish(),
      }),
    )
    .nullish(),
});
type Vulnerability = z.output<typeof vulnerability>;

/** Entries of several databases about one and the same vulnerability. */
const group = z.object({
  ids: texts,
  aliases: texts,
  max_severity: z.union([z.string(), z.number()]).nullish(),
});

const scannedPackage = z.object({ name: text, version: text, ecosystem: text, commit: text }).nullish();

const packageResult = z.object({
  package: scannedPackage,
  /** How the first releases spelled it. */
  Package: scannedPackage,
  vulnerabilities: z.array(vulnerability).nullish(),
  groups: z.array(group).nullish(),
  /** Licences that the allowlist does not have. */
  license_violations: texts,
});
type PackageResult = z.output<typeof packageResult>;

const source = z.object({ path: text }).nullish();

const schema = z.object({
  results: z
    .array(z.object({ source, packageSource: source, packages: z.array(packageResult).nullish() }))
    .nullish(),
});

/**
 * `osv-scanner --format json`, versions 1 and 2. It lists only what it found, and ends with an error and without
 * a report where it found nothing to scan: an empty list of results is a scan that found nothing.
 */
export const osvScanner = jsonFormat({
  name: 'osv-scanner',
  kind: 'findings',
  title: 'osv-scanner',
  detect: (head) =>
    /"results"\s*:\s*\[\s*\{\s*"(source|packageSource)"\s*:\s*\{/.test(head) ||
    (/"results"\s*:\s*(\[\s*\]|null)/.test(head) && head.includes('"experimental_config"')),
  schema,
  interpret({ results }) {
    if (!results) throw new Unreadable('nothing was scanned: the report has no results');
    const tally = new FindingTally();
    const problems: string[] = [];
    for (const { source: at, packageSource, packages } of results) {
      const place = (at ?? packageSource)?.path ?? undefined;
      if (!packages) problems.push(`it does not say which packages it found in ${place ?? 'a source'}`);
      for (const one of packages ?? []) {
        if (!one.package && !one.Package) problems.push(`it does not say what a package in ${place} is`);
        countFindings(one, place, tally);
      }
    }
    return tally.evidence('osv-scanner', problems);
  },
});

function countFindings(one: PackageResult, place: string | undefined, tally: FindingTally): void {
  const { name, version, commit } = one.package ?? one.Package ?? {};
  const where = { package: name || commit || undefined, version: version || undefined, place };
  const entries = new Map((one.vulnerabilities ?? []).map((entry) => [entry.id, entry]));
  for (const { ids, aliases, score } of distinct(one)) {
    const members = [...ids].flatMap((id) => entries.get(id) ?? []);
    const names = [...ids, ...aliases, ...members.flatMap((entry) => entry.aliases ?? [])];
    tally.add({
      ...where,
      severity: worstOf([severityOfScore(score), ...members.flatMap(severitiesOf)]),
      rule: names[0] ?? '',
      ids: names,
      fix: members.map((entry) => fixOf(entry, name)).find((fix) => fix !== ''),
    });
  }
  for (const license of one.license_violations ?? []) {
    tally.add({ ...where, severity: 'unknown', rule: `license ${license}`, ids: [license] });
  }
}

interface Distinct {
  ids: Set<string>;
  aliases: readonly string[];
  score?: string | number | null | undefined;
}

/** The report's own groups; an entry that is in none joins the one that it is an alias of, or stands alone. */
function distinct({ vulnerabilities, groups }: PackageResult): Distinct[] {
  const all = (groups ?? []).map(
    ({ ids, aliases, max_severity }): Distinct => ({
      ids: new Set(ids),
      aliases: aliases ?? [],
      score: max_severity,
    }),
  );
  const named = new Map(all.flatMap((one) => [...one.aliases, ...one.ids].map((name) => [name, one])));
  for (const { id, aliases } of vulnerabilities ?? []) {
    const names = [id, ...(aliases ?? [])];
    let same = names.map((name) => named.get(name)).find((one) => one !== undefined);
    if (!same) {
      same = { ids: new Set(), aliases: [] };
      all.push(same);
    }
    same.ids.add(id);
    for (const name of names) named.set(name, same);
  }
  return all;
}

function severitiesOf({ severity, database_specific: own }: Vulnerability) {
  const word = typeof own?.severity === 'string' ? own.severity : undefined;
  return [
    severityNamed(word),
    ...(severity ?? []).map(({ score }) => severityOfScore(scoreOfVector(score ?? ''))),
  ];
}

function fixOf({ affected }: Vulnerability, name: string | null | undefined): string {
  const own = (affected ?? []).filter((one) => one.package?.name === name);
  const fixed = own.flatMap(({ ranges }) => (ranges ?? []).flatMap(({ events }) => events ?? []));
  return [...new Set(fixed.map((event) => event.fixed).filter(Boolean))].slice(0, 5).join(', ');
}
