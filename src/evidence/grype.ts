import * as z from 'zod';
import { FindingTally } from './findings.ts';
import { jsonFormat } from './json-report.ts';
import { severityNamed } from './severities.ts';
import type { Finding } from './types.ts';
import { Unreadable } from './unreadable.ts';

const text = z.string().nullish();

const match = z.object({
  vulnerability: z.object({
    id: text,
    severity: text,
    fix: z.object({ versions: z.array(z.string()).nullish(), state: text }).nullish(),
  }),
  /** The same vulnerability in the words of others: the CVE of a GHSA. */
  relatedVulnerabilities: z.array(z.object({ id: text })).nullish(),
  artifact: z.object({
    name: text,
    version: text,
    purl: text,
    locations: z.array(z.object({ path: text, realPath: text })).nullish(),
  }),
});

const schema = z.object({
  matches: z.array(match).nullish(),
  ignoredMatches: z.array(z.unknown()).nullish(),
  source: z.unknown().optional(),
  descriptor: z
    .object({
      // Since database schema 6 the error is one level deeper.
      db: z
        .object({
          error: z.unknown().optional(),
          status: z.object({ error: z.unknown().optional() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

/** `grype -o json`, every version: one match for each vulnerability of each package. */
export const grype = jsonFormat({
  name: 'grype',
  kind: 'findings',
  title: 'grype',
  detect: (head) =>
    /"matches"\s*:\s*\[\s*\{\s*"vulnerability"\s*:/.test(head) ||
    (/"matches"\s*:\s*(\[\s*\]|null)/.test(head) && /"(distro|descriptor|ignoredMatches)"\s*:/.test(head)),
  schema,
  interpret({ matches, ignoredMatches, source, descriptor }) {
    if (!matches) throw new Unreadable('nothing was scanned: the report has no matches');
    if (matches.length === 0 && source == null && !descriptor) {
      throw new Unreadable('the report does not say what was scanned, nor by what');
    }
    const tally = new FindingTally();
    for (const one of matches) tally.add(toFinding(one));
    tally.addSuppressed(ignoredMatches?.length);
    const error = descriptor?.db?.status?.error ?? descriptor?.db?.error;
    const wrong =
      error == null || error === '' ? [] : [`its vulnerability database is no good: ${wordsOf(error)}`];
    return tally.evidence('grype', wrong);
  },
});

function toFinding({ vulnerability, relatedVulnerabilities, artifact }: z.output<typeof match>): Finding {
  const { id, severity, fix } = vulnerability;
  const first = artifact.locations?.[0];
  // An advisory of a distribution is related to every vulnerability it mends: those are no names of one.
  const related = new Set((relatedVulnerabilities ?? []).map((one) => one.id ?? ''));
  return {
    severity: severityNamed(severity),
    rule: id ?? '',
    ids: [id ?? '', ...(related.size === 1 ? related : [])],
    package: artifact.name ?? undefined,
    version: artifact.version ?? undefined,
    purl: artifact.purl ?? undefined,
    place: first?.path ?? first?.realPath ?? undefined,
    fix: fix?.versions?.length ? fix.versions.join(', ') : fixStates[fix?.state ?? ''],
  };
}

const fixStates: Readonly<Record<string, string | undefined>> = {
  'not-fixed': 'not fixed yet',
  'wont-fix': 'will not be fixed',
};

function wordsOf(error: unknown): string {
  return typeof error === 'string' ? error : JSON.stringify(error);
}
