/** What a report proves. Pure types: every format turns bytes into one `Evidence`. */

export type EvidenceKind = 'tests' | 'metrics' | 'findings' | 'coverage';

export interface TestFailure {
  name: string;
  /** First lines of the failure; untrusted text, cut by the reader. */
  message?: string;
  file?: string;
}

export interface TestCounts {
  passed: number;
  failed: number;
  /** Could not run to an end: exceptions in set-up, crashed suites. Counts against the pass rate. */
  errored: number;
  skipped: number;
  /** Failed first and passed on retry; these are counted in `passed` too. */
  flaky: number;
  /** At most `maxFailures` of them; the counts above are complete. */
  failures: TestFailure[];
}

export interface Metric {
  value: number;
  /** `ms`, `%`, `req/s`, `bytes`, or nothing for plain numbers. */
  unit?: string;
  /** How many observations the value rests on; missing where the tool does not say. */
  samples?: number;
}

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'unknown';

/** One vulnerability (or broken rule) by every name that the report gives it: CVE, GHSA, OSV, the rule's id. */
export interface FindingCause {
  ids: string[];
  /** Package that brings it, where the report names one. */
  package?: string;
}

export interface Finding extends Partial<FindingCause> {
  severity: Severity;
  rule: string;
  place?: string;
  /** Installed version of the package. */
  version?: string;
  /** Package URL of the package (github.com/package-url/purl-spec). */
  purl?: string;
  fix?: string;
  /** For an entry that stands for several vulnerabilities: each of them. `ids` is missing then. */
  causes?: FindingCause[];
}

export type FindingCounts = Record<Severity, number>;

/** Limits of its own by which a tool judged its run. */
export interface ThresholdCounts {
  passed: number;
  failed: number;
  /** Names of the failed ones, untrusted text; at most `maxFailures` of them. */
  failures: string[];
}

export interface Coverage {
  /** Percentages 0 to 100. */
  lines?: number;
  branches?: number;
  functions?: number;
  statements?: number;
}

export interface Evidence {
  format: string;
  kind: EvidenceKind;
  /** False: the report proves nothing, whatever its numbers say. Never a pass. */
  conclusive: boolean;
  /** Why it is not conclusive, and what a reader should know; first the gravest. */
  problems: string[];
  tests?: TestCounts;
  metrics?: Record<string, Metric>;
  /** Of a load test that has limits of its own (k6): a run that missed one is red, whatever its metrics are. */
  thresholds?: ThresholdCounts;
  findings?: FindingCounts;
  /** The findings themselves, worst first, at most `maxFindings`. */
  findingList?: Finding[];
  /** Findings that the report itself takes back (suppressed, ignored); they are in none of the counts. */
  suppressed?: number;
  coverage?: Coverage;
}

/** What is known about the run that wrote the report. */
export interface ReportRun {
  /** Name of the check, for formats that have no names of their own. */
  check?: string;
  exitCode?: number;
}

/** One report format: adding one means adding one file that exports one of these, and its test. */
export interface EvidenceFormat {
  /** As written in `report.format`. */
  name: string;
  kind: EvidenceKind;
  title: string;
  /** Whether the first bytes (at most 64 KiB, decoded) look like this format; used when none is declared. */
  detect(head: string): boolean;
  /**
   * Reads a whole report. Never throws for bad content: a report that cannot be read is
   * `conclusive: false` with the reason in `problems`.
   */
  read(report: AsyncIterable<Uint8Array>, run: ReportRun): Promise<Evidence>;
}

export const maxFailures = 50;
export const maxFindings = 100;
/** Names kept of one vulnerability, and vulnerabilities kept of one finding. */
export const maxIds = 20;
export const maxMessageLength = 600;
