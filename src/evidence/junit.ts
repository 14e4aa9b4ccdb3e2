import type { SaxesTagPlain } from 'saxes';
import { caseOf, isFailing, type JUnitCase, judge, outcomeOf, verdictOf } from './junit-case.ts';
import { doubtsOf, include, type JUnitSuite, suiteOf } from './junit-suite.ts';
import { TestTally } from './tests.ts';
import { type EvidenceFormat, maxMessageLength } from './types.ts';
import { evidenceFormat, reasonOf, Unreadable } from './unreadable.ts';
import { rootElementOf, type XmlListener, XmlReader } from './xml-report.ts';

/**
 * JUnit XML in all its flavours. There is no standard; what counts here are the cases themselves, never the
 * counters, which some tools leave out and others get wrong. Counters only raise doubt: more tests or failures
 * declared than found means that the report is not whole.
 */
export const junit: EvidenceFormat = evidenceFormat({
  name: 'junit',
  kind: 'tests',
  title: 'JUnit XML',
  detect: (head) => /^testsuites?$/.test(rootElementOf(head) ?? ''),
  async read(report) {
    const reading = new JUnitReading();
    try {
      await reading.xml.read(report);
      reading.end();
    } catch (error) {
      reading.problems.unshift(reasonOf(error));
    }
    return reading.tally.evidence('junit', reading.problems);
  },
});

/** More doubts than these are not kept. */
const maxProblems = 100;

/** The failure or error whose words are being collected. */
interface Complaint {
  element: string;
  title: string;
  text: string;
}

class JUnitReading implements XmlListener {
  readonly tally = new TestTally();
  readonly problems: string[] = [];
  readonly xml = new XmlReader(this);
  readonly #suites: JUnitSuite[] = [];
  #case: JUnitCase | undefined;
  #complaint: Complaint | undefined;
  /** Of the case that is open. */
  #complaints = 0;
  #failuresInComments = 0;

  open({ name, attributes }: SaxesTagPlain): void {
    if (name === 'testsuite' || name === 'testsuites') {
      this.#suites.push(suiteOf(name, attributes, this.#suites.at(-1)));
    } else if (this.#suites.length === 0) throw new Unreadable(`not a JUnit report: its root is <${name}>`);
    else if (name === 'testcase') this.#openCase(attributes);
    else if (name === 'property') this.#openProperty(attributes);
    else this.#openVerdict(name, attributes);
  }

  close(name: string): void {
    if (name === 'testsuite' || name === 'testsuites') this.#closeSuite();
    else if (name === 'testcase') this.#closeCase();
    else if (name === this.#complaint?.element) this.#closeComplaint(this.#complaint);
  }

  text(part: string): void {
    if (!this.#complaint || this.#complaint.text.length > maxMessageLength) return;
    this.#complaint.text += part.slice(0, maxMessageLength * 2);
  }

  /** node:test sums up in comments; failures of parents and hooks stand nowhere else. */
  comment(text: string): void {
    const [, count] = /^ (?:fail|cancelled) (\d+) $/.exec(text) ?? [];
    if (count !== undefined) this.#failuresInComments += Number(count);
  }

  end(): void {
    if (this.#failuresInComments > 0 && this.tally.failing === 0) {
      this.problems.push(
        `its summary counts ${this.#failuresInComments} failures, but none of the cases failed (a parent or a hook did)`,
      );
    }
  }

  #openCase(attributes: Record<string, string>): void {
    if (this.#case) throw new Unreadable(`a test case inside the test case "${this.#case.name}"`);
    this.#case = caseOf(attributes, this.#suites.at(-1)?.file);
    this.#complaints = 0;
    const suite = this.#suites.at(-1);
    const assertions = Number(attributes.assertions);
    if (suite && assertions > 0) suite.found.assertions += assertions;
  }

  #openProperty({ name }: Record<string, string>): void {
    const suite = this.#suites.at(-1);
    if (suite && !this.#case && name === 'random-seed') suite.counts = 'assertions';
  }

  #openVerdict(element: string, attributes: Record<string, string>): void {
    const outcome = verdictOf(element);
    if (outcome === undefined) return;
    if (this.#case) judge(this.#case, outcome, attributes);
    if (!isFailing(outcome)) return;
    const suite = this.#suites.at(-1);
    if (suite) suite.found.complaints++;
    this.#complaints++;
    if (this.#complaint) return;
    this.#complaint = { element, title: attributes.message ?? '', text: '' };
    this.xml.listening = true;
  }

  #closeComplaint({ title, text }: Complaint): void {
    this.xml.listening = false;
    this.#complaint = undefined;
    const message = text.includes(title) ? text : `${title}\n${text}`;
    if (this.#case) this.#case.message ??= message;
    // Outside of any case it is the suite itself that failed, in its set-up for example.
    else this.tally.add({ name: this.#suites.at(-1)?.name ?? '', outcome: 'errored', message });
  }

  #closeCase(): void {
    const suite = this.#suites.at(-1);
    if (!this.#case || !suite) return;
    const { name, file, message } = this.#case;
    const outcome = outcomeOf(this.#case);
    suite.found.tests++;
    if (outcome === 'skipped') suite.found.skipped++;
    if (isFailing(outcome) && this.#complaints === 0) suite.found.complaints++;
    this.tally.add({ name, file, outcome, message });
    this.#case = undefined;
  }

  #closeSuite(): void {
    const suite = this.#suites.pop();
    if (!suite) return;
    if (this.problems.length < maxProblems) this.problems.push(...doubtsOf(suite));
    const parent = this.#suites.at(-1);
    if (parent) include(suite, parent);
  }
}
