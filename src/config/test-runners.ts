/** How the test runners of JavaScript are made to write a report that the gate can read. Pure. */

export interface Reporting {
  runner?: string;
  /** Added to the script's command line. */
  flags: string;
  environment?: Record<string, string>;
  /** Absent where the exit code is all there is. */
  report?: { format: string; path?: string };
  /** Whether the runner expects the folder of its report to be there. */
  makesFolder?: boolean;
}

export const exitCodeOnly: Reporting = { flags: '' };

const runners: { runner: string; script: RegExp; reporting(file: string): Omit<Reporting, 'runner'> }[] = [
  {
    runner: 'vitest',
    script: /^vitest\b/,
    reporting: (file) => ({
      flags: `--run --reporter=junit --outputFile=${file}.xml`,
      report: { format: 'junit', path: `${file}.xml` },
    }),
  },
  {
    runner: 'jest',
    script: /^jest\b/,
    reporting: (file) => ({
      flags: `--json --outputFile=${file}.json`,
      report: { format: 'jest', path: `${file}.json` },
      makesFolder: true,
    }),
  },
  {
    runner: 'mocha',
    script: /^mocha\b/,
    reporting: (file) => ({
      flags: `--reporter xunit --reporter-option output=${file}.xml`,
      report: { format: 'junit', path: `${file}.xml` },
    }),
  },
  {
    runner: 'Playwright',
    script: /^playwright test\b/,
    reporting: (file) => ({
      flags: '--reporter=junit',
      environment: { PLAYWRIGHT_JUNIT_OUTPUT_NAME: `${file}.xml` },
      report: { format: 'junit', path: `${file}.xml` },
    }),
  },
  {
    // Flags behind a file name would go to the tests: only a command line without file names can take them.
    runner: 'node:test',
    script: /^node(\s+--[\w-]+(=\S+)?)*\s+--test(\s+--[\w-]+(=\S+)?)*\s*$/,
    reporting: (file) => ({
      flags: `--test-reporter=junit --test-reporter-destination=${file}.xml`,
      report: { format: 'junit', path: `${file}.xml` },
      makesFolder: true,
    }),
  },
];

/** More than one command: what is added at its end would reach the last one only. */
const compound = /[;&|<>`$(]/;

/**
 * How a script is made to report, as far as its own text says which runner it starts.
 * @param name of the check; names the report
 */
export function reportingOf(script: string, name: string): Reporting {
  const command = script.trim().replace(/^npx\s+/, '');
  if (compound.test(command)) return exitCodeOnly;
  const known = runners.find((one) => one.script.test(command));
  return known ? { runner: known.runner, ...known.reporting(`reports/${name}`) } : exitCodeOnly;
}
