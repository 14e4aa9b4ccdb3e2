import type { Exception } from '../config/exceptions.ts';
import type { Finding, FindingCause } from '../evidence/types.ts';
import { cleanLine } from '../evidence/untrusted.ts';

/** Which findings need not be counted, and on whose word. Pure. */

/** A word that counts. */
export interface Excuse {
  /** `CVE-2026-1234 in lodash` */
  label: string;
  /** Last moment at which it counts. */
  until: Date;
  why: string;
  /** Where it is written: `devops.yaml`, or the VEX file. */
  source: string;
}

/** Somebody's answer on one vulnerability: an excuse, or why one that is there does not count. */
export type Answer = { excuse: Excuse } | { refusal: string };

/** One who may be asked; undefined where it says nothing. */
export type Source = (cause: FindingCause, finding: Finding) => Answer | undefined;

export interface Sifted {
  /** Findings that count. */
  left: Finding[];
  excused: Finding[];
  /** On whose word, each once. */
  excuses: Excuse[];
  /** Exceptions that would have mattered and do not count, each once. */
  refusals: string[];
}

/** A finding is excused when every vulnerability that it stands for is. */
export function siftFindings(findings: readonly Finding[], sources: readonly Source[]): Sifted {
  const left: Finding[] = [];
  const excused: Finding[] = [];
  const excuses = new Map<string, Excuse>();
  const refusals = new Set<string>();
  for (const finding of findings) {
    const answers = causesOf(finding).map((cause) => ask(sources, cause, finding));
    const good = answers.flatMap((answer) => (answer && 'excuse' in answer ? [answer.excuse] : []));
    if (answers.length > 0 && good.length === answers.length) {
      excused.push(finding);
      for (const one of good) excuses.set(`${one.source} ${one.label}`, one);
    } else {
      left.push(finding);
      for (const answer of answers) if (answer && 'refusal' in answer) refusals.add(answer.refusal);
    }
  }
  return { left, excused, excuses: [...excuses.values()], refusals: [...refusals] };
}

function causesOf({ causes, ids, rule, package: name }: Finding): FindingCause[] {
  return causes ?? [{ ids: ids ?? [rule], ...(name !== undefined && { package: name }) }];
}

/** The first excuse; where nobody has one, the first refusal. */
function ask(sources: readonly Source[], cause: FindingCause, finding: Finding): Answer | undefined {
  const answers = sources.flatMap((source) => source(cause, finding) ?? []);
  return answers.find((answer) => 'excuse' in answer) ?? answers[0];
}

const dayMs = 24 * 60 * 60_000;
/** Nobody knows what is true in more than a year: by then somebody has to look again. */
export const longestExceptionMs = 366 * dayMs;

/** The exceptions of the policy. */
export function configuredExceptions(exceptions: readonly Exception[], now: Date): Source {
  return (cause, finding) => {
    const answers = exceptions
      .filter((one) => isAbout(one, cause, finding))
      .map((exception) => judgeException(exception, now));
    return answers.find((answer) => 'excuse' in answer) ?? answers[0];
  };
}

function isAbout({ id, package: name }: Exception, cause: FindingCause, finding: Finding): boolean {
  const same = (one: string | undefined, other: string) => one?.toLowerCase() === other.toLowerCase();
  return (
    cause.ids.some((own) => same(own, id)) &&
    (name === undefined || same(cause.package ?? finding.package, name))
  );
}

function judgeException({ id, package: name, reason, until, approvedBy }: Exception, now: Date): Answer {
  const label = cleanLine(name === undefined ? id : `${id} in ${name}`);
  const start = new Date(`${until}T00:00:00Z`);
  const end = new Date(start.getTime() + dayMs - 1);
  if (end < now) return { refusal: `the exception for ${label} ended on ${until}` };
  if (start.getTime() > now.getTime() + longestExceptionMs) {
    return {
      refusal: `the exception for ${label} until ${until} does not count: it may end at most 366 days ahead`,
    };
  }
  const source =
    approvedBy === undefined ? 'devops.yaml' : `devops.yaml, approved by ${cleanLine(approvedBy)}`;
  return { excuse: { label, until: end, why: cleanLine(reason), source } };
}
