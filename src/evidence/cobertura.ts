import type { SaxesTagPlain } from 'saxes';
import { type Covered, coverageEvidence, percentOf } from './coverage.ts';
import { percentOfRate } from './percent.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, Unreadable } from './unreadable.ts';
import { rootElementOf, type XmlListener, XmlReader } from './xml-report.ts';

/**
 * Cobertura XML (coverage-04.dtd), as written by Cobertura, coverlet, dotnet-coverage, coverage.py, Istanbul,
 * gocover-cobertura, gcovr, PHPUnit and many more. The root says what the tool measured; tools list lines in their
 * own ways, so that the lines only raise doubt: where there are none, or where they tell of something else.
 */
export const cobertura: EvidenceFormat = evidenceFormat({
  name: 'cobertura',
  kind: 'coverage',
  title: 'Cobertura XML',
  detect: (head) => {
    const [, attributes = ''] = /<coverage\b([^>]*)/.exec(head) ?? [];
    return rootElementOf(head) === 'coverage' && /\b(line-rate|lines-valid|branch-rate)\s*=/.test(attributes);
  },
  async read(report) {
    const reading = new CoberturaReading();
    await new XmlReader(reading).read(report);
    return coverageEvidence('cobertura', reading.percentages(), reading.problems());
  },
});

/** How far, in points of a percentage, the lines may be from what the root says: tools leave lines out. */
const tolerance = 5;

/** How far a rate may be from the counts beside it: it may be rounded to two digits. */
const rounding = 1;

class CoberturaReading implements XmlListener {
  readonly #path: string[] = [];
  #root: Record<string, string> = {};
  readonly #lines = { class: nothing(), method: nothing() };
  readonly #conditions = nothing();
  readonly #methods = nothing();
  #methodHit = false;

  open({ name, attributes }: SaxesTagPlain): void {
    if (this.#path.length === 0) {
      if (name !== 'coverage') throw new Unreadable(`not a Cobertura report: its root is <${name}>`);
      this.#root = attributes;
    } else if (name === 'line') this.#countLine(attributes);
    else if (name === 'method') this.#methodHit = Number(attributes.hits ?? attributes['line-rate'] ?? 0) > 0;
    this.#path.push(name);
  }

  close(name: string): void {
    this.#path.pop();
    if (name !== 'method') return;
    this.#methods.total++;
    if (this.#methodHit) this.#methods.covered++;
  }

  text(): void {}

  percentages(): { lines: number | undefined; branches: number | undefined; functions: number | undefined } {
    return {
      lines: percentOf(this.#declared('lines')) ?? rateOf(this.#root['line-rate']),
      branches: this.#branches(),
      functions: percentOf(this.#methods),
    };
  }

  /** What speaks against the report, gravest first. */
  problems(): string[] {
    const rate = rateOf(this.#root['line-rate']);
    const listed = this.#listed;
    const counted = percentOf(listed);
    const declared = this.#declared('lines');
    const problems: string[] = [];
    if (this.#root['lines-valid'] !== undefined && declared.total === 0 && listed.total === 0)
      return ['nothing was measured: no line that could be covered was found'];
    if (rate === undefined) problems.push(`line-rate is ${this.#root['line-rate'] || 'missing'}`);
    if (counted === undefined) problems.push('no line is listed');
    if (rate !== undefined && differ(percentOf(declared), rate, rounding))
      problems.push(
        `${declared.covered} of ${declared.total} lines are covered, but line-rate is ${this.#root['line-rate']}`,
      );
    if (differ(counted, percentOf(declared) ?? rate, tolerance))
      problems.push(
        `line-rate is ${this.#root['line-rate']}, but ${listed.covered} of the ${listed.total} lines listed are covered`,
      );
    for (const { total, covered } of [declared, this.#declared('branches')])
      if (covered > total) problems.push(`more is covered than there is: ${covered} of ${total}`);
    return problems;
  }

  #declared(what: 'lines' | 'branches'): Covered {
    return { total: countOf(this.#root[`${what}-valid`]), covered: countOf(this.#root[`${what}-covered`]) };
  }

  /** Some tools list lines in the methods only. */
  get #listed(): Covered {
    return this.#lines.class.total > 0 ? this.#lines.class : this.#lines.method;
  }

  /** Without any branch, tools write a rate of 0 or of 1. */
  #branches(): number | undefined {
    if (this.#root['branches-valid'] !== undefined) return percentOf(this.#declared('branches'));
    return this.#conditions.total > 0 ? rateOf(this.#root['branch-rate']) : undefined;
  }

  #countLine({ hits, 'condition-coverage': conditions }: Record<string, string>): void {
    const holder = this.#path.at(-2);
    if (this.#path.at(-1) !== 'lines' || (holder !== 'class' && holder !== 'method')) return;
    const isHit = Number(hits) > 0;
    this.#lines[holder].total++;
    if (isHit) this.#lines[holder].covered++;
    if (holder === 'method') this.#methodHit ||= isHit;
    const [, covered, total] = /\((\d+)\/(\d+)\)/.exec(conditions ?? '') ?? [];
    this.#conditions.covered += Number(covered ?? 0);
    this.#conditions.total += Number(total ?? 0);
  }
}

function nothing(): Covered {
  return { total: 0, covered: 0 };
}

/** A rate in percent; undefined where it is missing or none (`NaN`, a percentage, a comma). */
function rateOf(rate: string | undefined): number | undefined {
  const share = rate === undefined || rate.trim() === '' ? Number.NaN : Number(rate);
  return share >= 0 && share <= 1 ? percentOfRate(share) : undefined;
}

/** Also written as `14.0`. */
function countOf(counter: string | undefined): number {
  return counter !== undefined && /^\s*\d+(\.0*)?\s*$/.test(counter) ? Number(counter) : 0;
}

function differ(one: number | undefined, other: number | undefined, by: number): boolean {
  return one !== undefined && other !== undefined && Math.abs(one - other) > by;
}
