/** The counters of one suite, and what was found in it and in the suites inside. */
export interface JUnitSuite {
  name: string;
  file: string | undefined;
  declared: Counters;
  /** What `tests` counts. */
  counts: 'cases' | 'assertions' | 'subtests' | 'cases or assertions';
  found: Found;
}

interface Counters {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

interface Found {
  tests: number;
  /** Failures and errors reported; one case may have several, and one that was expected to fail has them too. */
  complaints: number;
  skipped: number;
  assertions: number;
}

/** A suite as its attributes tell it. */
export function suiteOf(
  element: string,
  attributes: Record<string, string>,
  parent: JUnitSuite | undefined,
): JUnitSuite {
  return {
    name: attributes.name ? `${element} "${attributes.name}"` : element,
    file: attributes.file || attributes.filepath || parent?.file,
    declared: {
      tests: counter(attributes.tests),
      failures: counter(attributes.failures),
      errors: counter(attributes.errors),
      skipped: counter(attributes.skipped) + counter(attributes.disabled) + counter(attributes.ignored),
    },
    counts: countsOf(attributes, parent),
    found: { tests: 0, complaints: 0, skipped: 0, assertions: 0 },
  };
}

/**
 * Not everyone counts cases. pytest 9 counts passed subtests too and writes no case for them. Catch2 (known by its
 * property `random-seed`) counts assertions; so does Nightwatch, which gives each case's own number of them.
 */
function countsOf({ name, assertions }: Record<string, string>, parent?: JUnitSuite): JUnitSuite['counts'] {
  if (name === 'pytest' || name === 'pytest tests' || parent?.counts === 'subtests') return 'subtests';
  if (parent?.counts === 'assertions') return 'assertions';
  return assertions === undefined ? 'cases or assertions' : 'cases';
}

/** Adds what was found in a suite that ended to the suite around it. */
export function include({ found }: JUnitSuite, parent: JUnitSuite): void {
  for (const count of Object.keys(found) as (keyof Found)[]) parent.found[count] += found[count];
}

/** Why the counters of a suite that ended make its cases doubtful: it declares more than it holds. */
export function doubtsOf({ name, declared, counts, found }: JUnitSuite): string[] {
  const doubts: string[] = [];
  if (declared.tests > found.tests && !isExplained(declared, counts, found)) {
    doubts.push(`${name} declares ${declared.tests} tests, but holds ${found.tests} cases`);
  }
  // Some tools count a failing case in both counters, so that their sum says little.
  const failing = declared.failures + declared.errors;
  if (failing > 0 && found.complaints === 0) {
    doubts.push(`${name} declares ${failing} failures, but none of its cases failed`);
  } else if (Math.max(declared.failures, declared.errors) > found.complaints) {
    doubts.push(`${name} declares ${failing} failures, but ${found.complaints} are in its cases`);
  }
  return doubts;
}

function isExplained(declared: Counters, counts: JUnitSuite['counts'], found: Found): boolean {
  // Some tools count skipped tests and write no case for them.
  if (declared.tests - found.tests <= declared.skipped - found.skipped) return true;
  if (counts === 'assertions') return true;
  if (counts === 'cases or assertions') return declared.tests === found.assertions;
  return (
    counts === 'subtests' &&
    found.tests > 0 &&
    declared.failures + declared.errors <= found.complaints &&
    declared.skipped <= found.skipped
  );
}

function counter(written: string | undefined): number {
  return written !== undefined && /^\s*\d+\s*$/.test(written) ? Number(written) : 0;
}
