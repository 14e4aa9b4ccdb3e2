import { type FinalResults, lineType, Parser, type Result } from 'tap-parser';
import { TestTally } from './tests.ts';
import { decodeLines } from './text.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, reasonOf, Unreadable } from './unreadable.ts';

/**
 * TAP 12 to 14 (testanything.org). The leaves are counted: the test point that closes a subtest only repeats it,
 * unless it fails by itself. Todo and skip are neither passes nor failures, nor is anything inside of them.
 */
export const tap: EvidenceFormat = evidenceFormat({
  name: 'tap',
  kind: 'tests',
  title: 'TAP',
  detect: (head) => !/^\s*[<{[]/.test(head) && /^(TAP version \d+|1\.\.\d+|(not )?ok (\d+|-))/im.test(head),
  async read(report) {
    const reading = new TapReading();
    try {
      for await (const line of decodeLines(report)) reading.write(line);
      reading.end();
    } catch (error) {
      reading.problems.unshift(reasonOf(error));
    }
    reading.settle();
    return reading.tally.evidence('tap', reading.problems);
  },
});

/** Deeper nesting is no test structure; the parser recurses once per level. */
const maxDepth = 64;
const tooDeep = new RegExp(`^(?: {4}){${maxDepth},}\\S`);

/** Indented lines between two test lines are held by the parser, and read as YAML where they are marked as such. */
const maxDiagnosticsLength = 1024 * 1024;

/** What looks like a directive and is none: the word has to end there (TAP 13, "Directives"). */
const longerThanTodo = /(?<!\\)#(?=\s*todo\w)/gi;

/** A subtest whose closing test point has not come yet. */
interface Subtest {
  parser: Parser;
  tally: TestTally;
  parent: TestTally;
}

class TapReading {
  readonly tally = new TestTally();
  readonly problems: string[] = [];
  readonly #root = new Parser();
  /** From the outside to the inside. */
  readonly #open: Subtest[] = [];
  #diagnosticsLength = 0;

  constructor() {
    this.#watch(this.#root, '', this.tally);
    // What the parser takes for chatter: a test line among it would vanish without a trace.
    this.#root.on('extra', (text: string) => {
      const stray = text.split('\n').find(isVerdict);
      if (stray) this.problems.push(`a test line outside of the plan or wrongly indented: ${stray}`);
    });
  }

  /** Takes the next line with its end. @throws Unreadable */
  write(line: string): void {
    if (isVerdict(line)) {
      if (tooDeep.test(line)) throw new Unreadable(`nested deeper than ${maxDepth} levels`);
      if (!line.endsWith('\n')) throw new Unreadable(`breaks off in the middle of a test line: ${line}`);
      this.#diagnosticsLength = 0;
    } else if (/^[ \t]/.test(line)) this.#diagnosticsLength += line.length;
    if (this.#diagnosticsLength > maxDiagnosticsLength) throw new Unreadable('diagnostics longer than 1 MiB');
    // Older producers leave a blank behind the plan, and the parser would not know it for one.
    this.#root.write(line.replace(/^( *\d+\.\.\d+)[ \t]+$/m, '$1').replace(longerThanTodo, '\\#'));
  }

  end(): void {
    this.#root.end();
  }

  /** Counts what is left open where the report breaks off. */
  settle(): void {
    for (const subtest of this.#open.splice(0).reverse()) {
      subtest.parent.absorb(subtest.tally, { excused: false });
    }
  }

  #watch(parser: Parser, name: string, tally: TestTally): void {
    let subtest: Subtest | undefined;
    parser.on('child', (child: Parser) => {
      if (subtest) this.#close(subtest, false);
      subtest = { parser: child, tally: new TestTally(), parent: tally };
      this.#open.push(subtest);
      this.#watch(child, child.fullname, subtest.tally);
    });
    parser.on('assert', (result: Result) => {
      const closed = result.closingTestPoint ? subtest : undefined;
      if (subtest) this.#close(subtest, closed !== undefined && isExcused(result));
      subtest = undefined;
      if (result.buffered && !closed) this.problems.push(`the subtest "${result.name}" is missing`);
      if (!closed || closed.parser.count === 0) this.#count(tally, result, closed !== undefined);
      // The subtest says itself that it failed, though none of its tests did (a hook, a timeout).
      else if (isFailure(result) && closed.tally.failing === 0) this.#count(tally, result, false);
    });
    parser.on('complete', (results: FinalResults) => this.#check(parser, results, name));
  }

  #close(subtest: Subtest, excused: boolean): void {
    // Whatever is still open inside of it never got a test point of its own.
    const inside = this.#open.splice(this.#open.indexOf(subtest) + 1);
    for (const { parent, tally } of inside.reverse()) parent.absorb(tally, { excused: false });
    this.#open.pop();
    subtest.parent.absorb(subtest.tally, { excused });
  }

  /** `empty`: the test point closes a subtest in which nothing was run, so that it cannot have passed. */
  #count(tally: TestTally, result: Result, empty: boolean): void {
    const { error, message, file, location, type } = diagnosticsOf(result);
    // node:test writes a suite without tests as a test point.
    const untested = isExcused(result) || empty || type === 'suite';
    tally.add({
      outcome: isFailure(result) ? 'failed' : untested ? 'skipped' : 'passed',
      name: result.fullname || `test ${result.id || 'without a name'}`,
      message: error ?? message,
      file: file ?? location?.replace(/(:\d+){1,2}$/, ''),
    });
  }

  #check(parser: Parser, results: FinalResults, name: string): void {
    const where = name === '' ? '' : `${name}: `;
    const { planStart, planEnd, count } = parser;
    if (results.bailout) {
      this.problems.push(`${where}bailed out${results.bailout === true ? '' : `: ${results.bailout}`}`);
    } else if (planStart !== -1 && count !== planEnd - planStart + 1) {
      this.problems.push(`${where}the plan says ${planStart}..${planEnd}, but ${count} tests were run`);
    } else if (parser === this.#root && count === 0 && this.#open.length > 0) {
      // The parser takes what has no plan and no test for a run without tests.
      this.problems.push('breaks off behind a subtest: there is no plan');
    }
    for (const { tapError } of results.failures) {
      if (tapError && tapError !== 'incorrect number of tests') this.problems.push(`${where}${tapError}`);
    }
  }
}

function isFailure(result: Result): boolean {
  return !result.ok && !isExcused(result);
}

function isExcused({ skip, todo }: Result): boolean {
  return Boolean(skip || todo);
}

function isVerdict(line: string): boolean {
  const [type] = lineType(`${line.trim()}\n`) ?? [];
  return type === 'testPoint' || type === 'bailout';
}

type Diagnostics = Partial<Record<'error' | 'message' | 'file' | 'location' | 'type', string>>;

/** The strings of a YAML block that people use for it; the block may hold anything. */
function diagnosticsOf({ diag }: Result): Diagnostics {
  const found: Diagnostics = {};
  for (const field of ['error', 'message', 'file', 'location', 'type'] as const) {
    const value: unknown = diag?.[field];
    if (typeof value === 'string') found[field] = value;
  }
  return found;
}
