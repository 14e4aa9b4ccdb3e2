import { coverageEvidence } from './coverage.ts';
import { LcovFiles } from './lcov-files.ts';
import { decodeLines } from './text.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, reasonOf, Unreadable } from './unreadable.ts';

/**
 * lcov tracefiles (geninfo(1), "TRACEFILE FORMAT"; also the function records of lcov 2.2), as written by lcov, c8,
 * Istanbul, node:test, coverage.py, coverlet, llvm-cov and many more. What counts are the lines themselves; the
 * counters of a record raise doubt. The format has no end mark: a file that is cut between two records reads whole.
 */
export const lcov: EvidenceFormat = evidenceFormat({
  name: 'lcov',
  kind: 'coverage',
  title: 'lcov',
  detect: (head) => /^\s*(?:(?:TN:|#)[^\n]*\n\s*)*SF:[^\n]/.test(head),
  async read(report) {
    const reading = new LcovReading();
    try {
      for await (const line of decodeLines(report)) reading.write(line);
      reading.end();
    } catch (error) {
      reading.problems.unshift(reasonOf(error));
    }
    const problems = [...reading.problems, ...reading.files.problems()];
    return coverageEvidence('lcov', reading.files.percentages(), problems);
  },
});

/** How keys look, those of extensions that tools make to the format too. */
const keyPattern = /^[A-Z]{2,6}$/;

class LcovReading {
  readonly files = new LcovFiles();
  readonly problems: string[] = [];
  #records = 0;

  /** Takes the next line. @throws Unreadable for what is no lcov */
  write(line: string): void {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return;
    if (text === 'end_of_record') {
      this.problems.push(...this.files.close());
      return;
    }
    const colon = text.indexOf(':');
    const key = text.slice(0, colon);
    const value = text.slice(colon + 1);
    if (colon === -1 || !keyPattern.test(key)) throw new Unreadable(`not a line of lcov: ${text}`);
    if (key === 'TN') this.files.namesTests = true;
    else if (key === 'SF') this.#open(value);
    else this.files.add(key, value);
  }

  end(): void {
    const open = this.files.openFile;
    if (open !== undefined) throw new Unreadable(`breaks off inside the record of ${open}`);
    if (this.#records === 0) throw new Unreadable('it holds no record of any file');
  }

  #open(file: string): void {
    const open = this.files.openFile;
    if (open !== undefined) throw new Unreadable(`the record of ${open} has no end`);
    this.#records++;
    this.files.open(file);
  }
}
