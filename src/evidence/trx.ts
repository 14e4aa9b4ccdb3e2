import type { SaxesTagPlain } from 'saxes';
import { type TestOutcome, TestTally } from './tests.ts';
import { TrxSummary } from './trx-summary.ts';
import { type EvidenceFormat, maxMessageLength, type TestFailure } from './types.ts';
import { evidenceFormat, reasonOf, Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';
import { rootElementOf, type XmlListener, XmlReader } from './xml-report.ts';

/**
 * Visual Studio test results (`vstest.xsd`, namespaces 2006 and 2010), as `dotnet test --logger trx` and MSTest write
 * them. Data-driven and ordered tests hold the results of their parts; the parts count, and the whole only where it
 * fails by itself.
 */
export const trx: EvidenceFormat = evidenceFormat({
  name: 'trx',
  kind: 'tests',
  title: 'Visual Studio TRX',
  detect: (head) => rootElementOf(head) === 'TestRun',
  async read(report) {
    const reading = new TrxReading();
    try {
      await reading.xml.read(report);
    } catch (error) {
      reading.problems.unshift(reasonOf(error));
    }
    return reading.tally.evidence('trx', [...reading.problems, ...reading.summary.doubts(reading.tally)]);
  },
});

/** `TestOutcome` of Visual Studio. What is said of whole runs (completed, warning) says nothing of a test. */
const outcomes: Readonly<Record<string, TestOutcome>> = {
  passed: 'passed',
  passedbutrunaborted: 'passed',
  failed: 'failed',
  error: 'errored',
  timeout: 'errored',
  aborted: 'errored',
  notrunnable: 'errored',
  disconnected: 'errored',
  inprogress: 'errored',
  inconclusive: 'skipped',
  notexecuted: 'skipped',
  pending: 'skipped',
  completed: 'skipped',
  warning: 'skipped',
};

/** Elements of `Results`: one for each type of test (`UnitTestResult`, `WebTestResult`, `TestResultAggregation` …). */
const resultElement = /^(\w+TestResult|TestResult|TestResultAggregation)$/;

/** As many classes are remembered; names are for people, and a report may tell of a million tests. */
const maxClasses = 10_000;

interface TrxResult {
  element: string;
  testId: string;
  name: string;
  outcome: TestOutcome;
  /** `Message` and `StackTrace` of its `ErrorInfo`. */
  message: string;
  parts: number;
  failingParts: number;
}

class TrxReading implements XmlListener {
  readonly tally = new TestTally();
  readonly summary = new TrxSummary();
  readonly problems: string[] = [];
  readonly xml = new XmlReader(this);
  /** The results that are open: parts stand inside of their whole. */
  readonly #results: TrxResult[] = [];
  readonly #path: string[] = [];
  /** Classes of tests by id, where they are told before the results (MSTest). */
  readonly #classes = new Map<string, string>();
  /** Failures listed by the id of their test, where the classes come behind the results (vstest). */
  readonly #failuresOf = new Map<string, TestFailure[]>();
  /** Id of the `UnitTest` that is open. */
  #definition = '';

  open({ name, attributes }: SaxesTagPlain): void {
    if (this.#path.length === 0 && name !== 'TestRun') {
      throw new Unreadable(`not a TRX report: its root is <${name}>`);
    }
    this.#path.push(name);
    if (this.#isInResults(name)) {
      this.#results.push(resultOf(name, attributes));
      if (/^PassedButRunAborted$/i.test(attributes.outcome ?? '')) this.summary.noteCutOff();
    }
    if (name === 'UnitTest') this.#definition = attributes.id ?? '';
    else if (name === 'TestMethod') this.#nameClass(attributes);
    else this.summary.open(name, attributes);
    this.xml.listening = this.#isWanted();
  }

  close(name: string): void {
    this.#path.pop();
    if (name === this.#results.at(-1)?.element) this.#closeResult();
    this.xml.listening = this.#isWanted();
  }

  text(part: string): void {
    const result = this.#results.at(-1);
    if (!result) this.summary.text(part);
    else if (result.message.length <= maxMessageLength) {
      // The stack trace follows the message.
      if (result.message !== '' && this.#path.at(-1) === 'StackTrace') result.message += '\n';
      result.message += part.slice(0, maxMessageLength * 2);
    }
  }

  #isInResults(name: string): boolean {
    return resultElement.test(name) && this.#path[1] === 'Results';
  }

  #isWanted(): boolean {
    const element = this.#path.at(-1) ?? '';
    if (this.#results.length === 0) return element === 'Text' && this.#path.at(-2) === 'RunInfo';
    return /^(Message|StackTrace)$/.test(element) && this.#path.at(-2) === 'ErrorInfo';
  }

  #closeResult(): void {
    const result = this.#results.pop();
    if (!result) return;
    const { testId, name, outcome, message, parts, failingParts } = result;
    const whole = this.#results.at(-1);
    const isFailing = outcome === 'failed' || outcome === 'errored';
    if (whole) {
      whole.parts++;
      if (isFailing) whole.failingParts++;
    }
    this.summary.count(outcome);
    if (parts > 0 && (!isFailing || failingParts > 0)) return;
    const { failures } = this.tally.counts;
    const listed = failures.length;
    this.tally.add({ outcome, name: withClass(name, this.#classes.get(testId)), message });
    const failure = failures[listed];
    if (failure) this.#failuresOf.set(testId, [...(this.#failuresOf.get(testId) ?? []), failure]);
  }

  #nameClass({ className = '' }: Record<string, string>): void {
    // The name may be followed by that of the assembly: "Shop.OrderTests, Shop.Tests, Version=1.0.0.0".
    const [name = ''] = className.split(',');
    for (const failure of this.#failuresOf.get(this.#definition) ?? []) {
      failure.name = cleanLine(withClass(failure.name, name));
    }
    if (this.#classes.size < maxClasses) this.#classes.set(this.#definition, name);
  }
}

/** MSTest names its tests by the method alone. */
function withClass(name: string, className = ''): string {
  return className === '' || name.includes(className) ? name : `${className} > ${name}`;
}

function resultOf(element: string, attributes: Record<string, string>): TrxResult {
  // Error is the default, which the writers leave out.
  const outcome = (attributes.outcome ?? 'Error').toLowerCase();
  return {
    element,
    testId: attributes.testId ?? '',
    name: attributes.testName ?? '',
    outcome: (Object.hasOwn(outcomes, outcome) && outcomes[outcome]) || 'errored',
    message: '',
    parts: 0,
    failingParts: 0,
  };
}
