import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { type TestOutcome, TestTally } from './tests.ts';
import { decode } from './text.ts';
import { type EvidenceFormat, maxMessageLength } from './types.ts';
import { evidenceFormat, reasonOf, Unreadable } from './unreadable.ts';

/**
 * JUnit XML in all its flavours. There is no standard; what counts here are the cases themselves, never the
 * counters, which some tools leave out and others get wrong. Counters only raise doubt: more tests or failures
 * declared than found means that the report is not whole.
 */
export const junit: EvidenceFormat = evidenceFormat({
  name: 'junit',
  kind: 'tests',
  title: 'JUnit XML',
  detect: (head) => /^\s*</.test(head) && /<testsuites?[\s/>]/.test(head),
  async read(report) {
    const reading = new JUnitReading();
    try {
      for await (const text of decode(report)) reading.write(text);
      reading.end();
    } catch (error) {
      reading.problems.unshift(reasonOf(error));
    }
    return reading.tally.evidence('junit', reading.problems);
  },
});

/** Elements that decide about the case they stand in. Surefire keeps failed attempts as `flaky…` and `rerun…`. */
const verdicts: Record<string, TestOutcome> = {
  failure: 'failed',
  error: 'errored',
  skipped: 'skipped',
  flakyFailure: 'flaky',
  flakyError: 'flaky',
  rerunFailure: 'flaky',
  rerunError: 'flaky',
};

/** Words in `status` and `result` of tools that write no element for it (GoogleTest, Bazel, NUnit converters). */
const statusWords: Record<string, TestOutcome> = {
  notrun: 'skipped',
  disabled: 'skipped',
  skipped: 'skipped',
  suppressed: 'skipped',
  ignored: 'skipped',
  pending: 'skipped',
  failed: 'failed',
  failure: 'failed',
  error: 'errored',
  errored: 'errored',
};

const gravity: TestOutcome[] = ['passed', 'flaky', 'skipped', 'errored', 'failed'];

interface Suite {
  name: string;
  declaredTests: number;
  declaredFailures: number;
  tests: number;
  failing: number;
}

interface Case {
  name: string;
  file: string | undefined;
  outcome: TestOutcome;
  message?: string;
}

/** The failure or error whose words are being collected. */
interface Complaint {
  element: string;
  title: string;
  text: string;
}

class JUnitReading {
  readonly tally = new TestTally();
  readonly problems: string[] = [];
  readonly #parser = new SaxesParser();
  readonly #suites: Suite[] = [];
  #case: Case | undefined;
  #complaint: Complaint | undefined;

  constructor() {
    this.#parser.on('error', ({ message }) => {
      throw new Unreadable(`not whole or not well-formed XML: ${message}`);
    });
    this.#parser.on('doctype', (doctype) => {
      // saxes expands nothing from it, but then the text is not what its author meant.
      if (doctype.includes('[')) throw new Unreadable('refused: the report brings its own DTD (entities)');
    });
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', ({ name }) => this.#close(name));
    this.#parser.on('cdata', (text) => this.#collect(text));
  }

  /** @throws Unreadable */
  write(text: string): void {
    this.#parser.write(text);
  }

  /** @throws Unreadable where the document ends too early */
  end(): void {
    this.#parser.close();
  }

  #open({ name, attributes }: SaxesTagPlain): void {
    if (name === 'testsuite' || name === 'testsuites') this.#suites.push(suiteOf(name, attributes));
    else if (this.#suites.length === 0) throw new Unreadable(`not a JUnit report: its root is <${name}>`);
    else if (name === 'testcase') this.#openCase(attributes);
    else if (Object.hasOwn(verdicts, name)) this.#openVerdict(name, attributes);
  }

  #openCase(attributes: Record<string, string>): void {
    if (this.#case) throw new Unreadable(`a test case inside the test case "${this.#case.name}"`);
    this.#case = {
      name: caseName(attributes),
      file: attributes.file,
      outcome: gravest(outcomeOfWord(attributes.status), outcomeOfWord(attributes.result)),
    };
  }

  #openVerdict(element: string, attributes: Record<string, string>): void {
    const outcome = verdicts[element] ?? 'passed';
    if (this.#case) this.#case.outcome = gravest(this.#case.outcome, outcome);
    if (!isFailing(outcome) || this.#complaint) return;
    this.#complaint = { element, title: attributes.message ?? '', text: '' };
    // Only listened to where it matters: the parser keeps text in memory for a listener.
    this.#parser.on('text', (text) => this.#collect(text));
  }

  #collect(text: string): void {
    if (!this.#complaint || this.#complaint.text.length > maxMessageLength) return;
    this.#complaint.text += text.slice(0, maxMessageLength * 2);
  }

  #close(name: string): void {
    if (name === 'testsuite' || name === 'testsuites') this.#closeSuite();
    else if (name === 'testcase') this.#closeCase();
    else if (name === this.#complaint?.element) this.#closeComplaint(this.#complaint);
  }

  #closeComplaint({ title, text }: Complaint): void {
    this.#parser.off('text');
    this.#complaint = undefined;
    const message = text.includes(title) ? text : `${title}\n${text}`;
    if (this.#case) this.#case.message ??= message;
    // Outside of any case it is the suite itself that failed, in its set-up for example.
    else this.#count({ name: this.#suites.at(-1)?.name ?? '', file: undefined, outcome: 'errored', message });
  }

  #closeCase(): void {
    const suite = this.#suites.at(-1);
    if (!this.#case || !suite) return;
    suite.tests++;
    this.#count(this.#case);
    this.#case = undefined;
  }

  #count(test: Case): void {
    this.tally.add(test);
    const suite = this.#suites.at(-1);
    if (suite && isFailing(test.outcome)) suite.failing++;
  }

  #closeSuite(): void {
    const suite = this.#suites.pop();
    if (!suite) return;
    const { name, declaredTests, declaredFailures, tests, failing } = suite;
    if (declaredTests > tests) {
      this.problems.push(`${name} declares ${declaredTests} tests, but holds ${tests} cases`);
    }
    if (declaredFailures > 0 && failing === 0) {
      this.problems.push(`${name} declares ${declaredFailures} failures, but none of its cases failed`);
    }
    const parent = this.#suites.at(-1);
    if (!parent) return;
    parent.tests += tests;
    parent.failing += failing;
  }
}

function suiteOf(element: string, attributes: Record<string, string>): Suite {
  return {
    name: attributes.name ? `${element} "${attributes.name}"` : element,
    declaredTests: declared(attributes.tests),
    declaredFailures: declared(attributes.failures) + declared(attributes.errors),
    tests: 0,
    failing: 0,
  };
}

function declared(counter: string | undefined): number {
  return counter !== undefined && /^\s*\d+\s*$/.test(counter) ? Number(counter) : 0;
}

function caseName({ classname = '', name = '' }: Record<string, string>): string {
  return classname === '' || name.startsWith(classname) ? name : `${classname} > ${name}`;
}

function outcomeOfWord(word: string | undefined): TestOutcome {
  const known = word?.trim().toLowerCase() ?? '';
  return (Object.hasOwn(statusWords, known) && statusWords[known]) || 'passed';
}

function gravest(one: TestOutcome, other: TestOutcome): TestOutcome {
  return gravity.indexOf(one) > gravity.indexOf(other) ? one : other;
}

function isFailing(outcome: TestOutcome): boolean {
  return outcome === 'failed' || outcome === 'errored';
}
