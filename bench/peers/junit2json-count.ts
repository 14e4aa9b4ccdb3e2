import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Counts the cases of a JUnit report with junit2json. */
const [folder = '', file = ''] = process.argv.slice(2);

interface Report {
  testsuite: { testcase: { failure?: unknown[] }[] }[];
}

async function count(): Promise<void> {
  const { parse } = (await import(pathToFileURL(`${folder}/dist/esm/index.js`).href)) as {
    parse(xml: string): Promise<Report>;
  };
  const { testsuite } = await parse(readFileSync(file, 'utf8'));
  const tests = testsuite.flatMap(({ testcase }) => testcase);
  const failures = tests.filter(({ failure }) => failure !== undefined).length;
  process.stdout.write(JSON.stringify({ cases: tests.length, failures }));
}

void count();
