import {
  type Evidence,
  type Finding,
  type FindingCause,
  type FindingCounts,
  maxFindings,
  maxIds,
  type Severity,
} from './types.ts';
import { cleanLine } from './untrusted.ts';

/** A severity nobody knows may be the worst there is. */
const worstFirst = ['critical', 'unknown', 'high', 'medium', 'low'] as const satisfies Severity[];

/** Counts all findings and keeps the worst. */
export class FindingTally {
  readonly counts: FindingCounts = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  readonly #kept: Record<Severity, Finding[]> = { critical: [], high: [], medium: [], low: [], unknown: [] };
  #suppressed = 0;

  /** Adds one finding in the report's own untrusted words; what is empty or missing is left out. */
  add(finding: Finding): void {
    const { severity } = finding;
    this.counts[severity]++;
    if (this.#kept[severity].length === maxFindings) return;
    this.#kept[severity].push(cleaned(finding));
  }

  /** Notes findings that the report takes back. */
  addSuppressed(count: number | undefined): void {
    this.#suppressed += count ?? 0;
  }

  /** How many findings were added. */
  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** The evidence of a scan; with `problems`, gravest first, it did not run to its end and proves nothing. */
  evidence(format: string, problems: readonly string[] = []): Evidence {
    return {
      format,
      kind: 'findings',
      conclusive: problems.length === 0,
      problems: [...new Set(problems.map(cleanLine))].slice(0, maxProblems),
      findings: this.counts,
      findingList: worstFirst.flatMap((severity) => this.#kept[severity]).slice(0, maxFindings),
      ...(this.#suppressed > 0 && { suppressed: this.#suppressed }),
    };
  }
}

const maxProblems = 20;

function cleaned({ severity, rule, ids, causes, ...words }: Finding): Finding {
  const kept = Object.entries(words).flatMap(([field, text]) => {
    const clean = cleanLine(text ?? '');
    return clean === '' ? [] : [[field, clean]];
  });
  return {
    severity,
    rule: cleanLine(rule) || 'unknown',
    ...Object.fromEntries(kept),
    ...(ids && { ids: cleanIds(ids) }),
    ...(causes && { causes: cleanCauses(causes) }),
  };
}

/** Longer than any name of a vulnerability; a cut one would name another. */
const maxIdLength = 200;

function cleanIds(ids: readonly string[]): string[] {
  const clean = ids.map(cleanLine).filter((id) => id !== '' && id.length <= maxIdLength);
  return [...new Set(clean)].slice(0, maxIds);
}

/** Whoever excuses the finding must excuse every cause: where some are left out, the last one has no name. */
function cleanCauses(causes: readonly FindingCause[]): FindingCause[] {
  const kept = causes
    .slice(0, maxIds)
    .map(({ ids, package: name }) => ({ ids: cleanIds(ids), ...(name && { package: cleanLine(name) }) }));
  return causes.length > maxIds ? [...kept, { ids: [] }] : kept;
}
