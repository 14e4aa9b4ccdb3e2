import * as z from 'zod';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import { severityNamed } from './severities.ts';
import type { EvidenceFormat } from './types.ts';
import { Unreadable } from './unreadable.ts';

const text = z.string().nullish();
const list = <Entry extends z.ZodType>(entry: Entry) => z.array(entry).nullish();

const vulnerability = z.object({
  VulnerabilityID: text,
  VendorIDs: list(z.string()),
  PkgName: text,
  PkgPath: text,
  PkgIdentifier: z.object({ PURL: text }).nullish(),
  InstalledVersion: text,
  FixedVersion: text,
  Severity: text,
});

const misconfiguration = z.object({
  ID: text,
  AVDID: text,
  Severity: text,
  Status: text,
  Resolution: text,
  CauseMetadata: z.object({ StartLine: z.number().nullish() }).nullish(),
});

const secret = z.object({ RuleID: text, Severity: text, StartLine: z.number().nullish() });

const license = z.object({ Name: text, Severity: text, PkgName: text, FilePath: text });

/** What was found in one target: a lock file, the packages of a distribution, a manifest. */
const target = z.looseObject({
  Target: text,
  Vulnerabilities: list(vulnerability),
  MisconfSummary: z.object({ Failures: z.number().nullish() }).nullish(),
  Misconfigurations: list(misconfiguration),
  Secrets: list(secret),
  Licenses: list(license),
  /** Findings taken back by an ignore file or a VEX document; the name lost its prefix at one time. */
  ExperimentalModifiedFindings: list(z.unknown()),
  ModifiedFindings: list(z.unknown()),
  /** Not findings, but what was looked at. */
  Packages: list(z.unknown()),
  CustomResources: list(z.unknown()),
});
type Target = z.output<typeof target>;

/** An object of a cluster (`trivy k8s`). */
const resource = z.looseObject({
  Namespace: text,
  Kind: text,
  Name: text,
  Results: list(target),
  Error: text,
});
const resources = list(resource);
type Resource = z.output<typeof resource>;

const report = z.looseObject({
  SchemaVersion: z.int().nullish(),
  Results: list(target),
  ClusterName: text,
  Resources: resources,
  Findings: resources,
  Vulnerabilities: resources,
  Misconfigurations: resources,
});

/** Before version 2 of the schema a report was a bare list of targets, or `null` where there was none. */
const schema = z.preprocess((json) => {
  if (json === null) return {};
  return Array.isArray(json) ? { Results: json } : json;
}, report);

const anObject = jsonFormat({
  name: 'trivy',
  kind: 'findings',
  title: 'trivy',
  detect: (head) =>
    (/"SchemaVersion"\s*:/.test(head) && /"(ArtifactName|ArtifactType|Results)"\s*:/.test(head)) ||
    /"ClusterName"\s*:[^{[]*"(Resources|Findings|Vulnerabilities|Misconfigurations)"\s*:\s*\[/.test(head),
  schema,
  interpret(read) {
    if ((read.SchemaVersion ?? 0) > 2) {
      throw new Unreadable(`its schema version ${read.SchemaVersion} is not known here`);
    }
    const scanned = resourcesOf(read);
    const targets = scanned.flatMap(({ Results }) => Results ?? []);
    if (targets.length === 0) throw new Unreadable('nothing was scanned: the report has no results');
    if (!targets.some(holdsList)) {
      throw new Unreadable(
        'it does not say that a scanner was enabled: trivy writes the same where none was and where none found anything; let trivy write --format sarif, which says that it scanned',
      );
    }
    const tally = new FindingTally();
    for (const one of targets) countFindings(one, tally);
    return tally.evidence('trivy', [
      ...scanned.flatMap(unscanned),
      ...targets.flatMap(contradictions),
      ...unknownLists(read, report),
      ...scanned.flatMap((one) => unknownLists(one, resource)),
      ...targets.flatMap((one) => unknownLists(one, target)),
    ]);
  },
});

/**
 * trivy's JSON: schema version 2, the bare list before it, and the reports of `trivy k8s`. Whether a scanner was
 * enabled shows only by what it found: trivy leaves empty lists out. So a report without any list proves nothing.
 */
export const trivy: EvidenceFormat = {
  ...anObject,
  detect: (head) => /^\s*\[\s*\{\s*"Target"\s*:/.test(head) || anObject.detect(head),
};

/** A report about anything but a cluster is about one nameless resource. */
function resourcesOf(read: z.output<typeof report>): Resource[] {
  const { Results, Resources, Findings, Vulnerabilities, Misconfigurations } = read;
  return [
    ...(Results ? [{ Results }] : []),
    ...[Resources, Findings, Vulnerabilities, Misconfigurations].flatMap((some) => some ?? []),
  ];
}

function unscanned({ Kind, Name, Error: reason }: Resource): string[] {
  return reason ? [`${[Kind, Name].filter(Boolean).join('/')} could not be scanned: ${reason}`] : [];
}

/** Also an empty list, or a summary without failures, shows that a scanner looked at the target. */
function holdsList(one: Target): boolean {
  const { Vulnerabilities, Misconfigurations, MisconfSummary, Secrets, Licenses } = one;
  const lists = [Vulnerabilities, Misconfigurations, MisconfSummary, Secrets, Licenses, ...takenBackIn(one)];
  return lists.some((list) => list != null);
}

function takenBackIn({ ExperimentalModifiedFindings: earlier, ModifiedFindings: later }: Target) {
  return [earlier, later];
}

function contradictions({ Target: name, MisconfSummary, Misconfigurations }: Target): string[] {
  const declared = MisconfSummary?.Failures ?? 0;
  if (declared === 0 || Misconfigurations?.some(isFailure)) return [];
  return [`the summary of ${name ?? 'a target'} counts ${declared} failures, but none is listed`];
}

/** What a later trivy may list beside these could be findings; a report that is only half understood proves nothing. */
function unknownLists(part: object, { shape }: { shape: object }): string[] {
  return Object.entries(part)
    .filter(([name, value]) => Array.isArray(value) && value.length > 0 && !Object.hasOwn(shape, name))
    .map(([name]) => `it has a list that is not known here: ${name}`);
}

function countFindings(one: Target, tally: FindingTally): void {
  const name = one.Target ?? undefined;
  for (const found of one.Vulnerabilities ?? []) {
    tally.add({
      severity: severityNamed(found.Severity),
      rule: found.VulnerabilityID ?? '',
      ids: [found.VulnerabilityID ?? '', ...(found.VendorIDs ?? [])],
      package: found.PkgName ?? undefined,
      version: found.InstalledVersion ?? undefined,
      purl: found.PkgIdentifier?.PURL ?? undefined,
      place: found.PkgPath || name,
      fix: found.FixedVersion ?? undefined,
    });
  }
  for (const found of one.Misconfigurations ?? []) {
    if (found.Status === 'EXCEPTION') tally.addSuppressed(1);
    if (!isFailure(found)) continue;
    tally.add({
      severity: severityNamed(found.Severity),
      rule: found.ID ?? found.AVDID ?? '',
      ids: [found.ID ?? '', found.AVDID ?? ''],
      place: placed(name, found.CauseMetadata?.StartLine),
      fix: found.Resolution ?? undefined,
    });
  }
  for (const found of one.Secrets ?? []) {
    tally.add({
      severity: severityNamed(found.Severity),
      rule: found.RuleID ?? '',
      ids: [found.RuleID ?? ''],
      place: placed(name, found.StartLine),
    });
  }
  for (const found of one.Licenses ?? []) {
    tally.add({
      severity: severityNamed(found.Severity),
      rule: found.Name ?? '',
      ids: [found.Name ?? ''],
      package: found.PkgName ?? undefined,
      place: found.FilePath || name,
    });
  }
  for (const taken of takenBackIn(one)) tally.addSuppressed(taken?.length);
}

/** Checks that passed are listed too where trivy is asked for them; what has no status is taken for a failure. */
function isFailure({ Status }: z.output<typeof misconfiguration>): boolean {
  return Status !== 'PASS' && Status !== 'EXCEPTION';
}

function placed(name: string | undefined, line: number | null | undefined): string | undefined {
  return name && line ? `${name}:${line}` : name;
}
