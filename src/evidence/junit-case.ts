import type { TestOutcome } from './tests.ts';

/** What the elements and attributes of one JUnit case say about its outcome, in the words of many tools. */

export interface JUnitCase {
  name: string;
  file: string | undefined;
  outcome: TestOutcome;
  /** Expected to fail (node:test writes such a failure beside `<skipped type="todo">`). */
  todo: boolean;
  /** Said by its status to be not run, which CTest does of tests that could not be started too. */
  notRun: boolean;
  message?: string;
}

/**
 * Elements that decide about the case they stand in. Surefire, Gradle and nextest keep failed attempts as `flaky…`
 * and `rerun…`. PHPUnit warns of tests that it could not judge.
 */
const verdictElements: Readonly<Record<string, TestOutcome>> = {
  failure: 'failed',
  failed: 'failed',
  error: 'errored',
  errored: 'errored',
  skipped: 'skipped',
  skip: 'skipped',
  ignored: 'skipped',
  disabled: 'skipped',
  pending: 'skipped',
  incomplete: 'skipped',
  warning: 'skipped',
  risky: 'skipped',
  flakyfailure: 'flaky',
  flakyerror: 'flaky',
  rerunfailure: 'flaky',
  rerunerror: 'flaky',
};

/** The outcome that an element stands for, or undefined for any other element. */
export function verdictOf(element: string): TestOutcome | undefined {
  const word = element.toLowerCase();
  return Object.hasOwn(verdictElements, word) ? verdictElements[word] : undefined;
}

/**
 * Words in `status` and `result` of tools that write no element for it (GoogleTest, Bazel, CTest, behave, godog,
 * NUnit converters), without blanks and hyphens.
 */
const statusWords: Readonly<Record<string, TestOutcome>> = {
  notrun: 'skipped',
  notexecuted: 'skipped',
  disabled: 'skipped',
  skip: 'skipped',
  skipped: 'skipped',
  suppressed: 'skipped',
  ignored: 'skipped',
  explicit: 'skipped',
  inconclusive: 'skipped',
  pending: 'skipped',
  todo: 'skipped',
  untested: 'skipped',
  filtered: 'skipped',
  fail: 'failed',
  failed: 'failed',
  failure: 'failed',
  xpass: 'failed',
  error: 'errored',
  errored: 'errored',
  broken: 'errored',
  invalid: 'errored',
  notrunnable: 'errored',
  undefined: 'errored',
  ambiguous: 'errored',
  aborted: 'errored',
  cancelled: 'errored',
  crash: 'errored',
  crashed: 'errored',
  timeout: 'errored',
  timedout: 'errored',
  interrupted: 'errored',
};

/** A case as its attributes tell it; the elements inside may make it worse. */
export function caseOf(attributes: Record<string, string>, suiteFile: string | undefined): JUnitCase {
  const status = wordOf(attributes.status);
  return {
    name: nameOf(attributes),
    file: attributes.file || attributes.filepath || suiteFile,
    outcome: gravest(outcomeOfWord(status), outcomeOfWord(wordOf(attributes.result))),
    todo: false,
    notRun: status === 'notrun',
  };
}

/** How CTest (cmCTestTestHandler) says that it could not run a test, which it counts as failed itself. */
const notRunnable =
  /^(Unable to find|Required Files Missing|Missing Configuration|Fixture dependency failed|Failed to|Could not|Insufficient resources|Invalid resource)/;

/** Takes in what an element inside of the case says. */
export function judge(test: JUnitCase, outcome: TestOutcome, attributes: Record<string, string>): void {
  if (outcome === 'skipped' && attributes.type === 'todo') test.todo = true;
  const unfit = outcome === 'skipped' && test.notRun && notRunnable.test(attributes.message ?? '');
  if (unfit) test.message ??= attributes.message ?? '';
  test.outcome = gravest(test.outcome, unfit ? 'errored' : outcome);
}

/** The outcome once all is said: a todo is neither pass nor failure, however it ended. */
export function outcomeOf({ todo, outcome }: JUnitCase): TestOutcome {
  return todo ? 'skipped' : outcome;
}

export function isFailing(outcome: TestOutcome): boolean {
  return outcome === 'failed' || outcome === 'errored';
}

const gravity: TestOutcome[] = ['passed', 'flaky', 'skipped', 'errored', 'failed'];

function gravest(one: TestOutcome, other: TestOutcome): TestOutcome {
  return gravity.indexOf(one) > gravity.indexOf(other) ? one : other;
}

function wordOf(status = ''): string {
  return status.toLowerCase().replace(/[\s_-]+/g, '');
}

function outcomeOfWord(word: string): TestOutcome {
  return (Object.hasOwn(statusWords, word) && statusWords[word]) || 'passed';
}

function nameOf({ classname = '', name = '' }: Record<string, string>): string {
  if (name === '') return classname;
  return classname === '' || name.startsWith(classname) ? name : `${classname} > ${name}`;
}
