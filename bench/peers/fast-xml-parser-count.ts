import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Counts the cases of a JUnit report with fast-xml-parser: into an object, then through it. */
const [folder = '', file = ''] = process.argv.slice(2);

type Element = Record<string, unknown>;

const { XMLParser } = createRequire(`${folder}/`)('fast-xml-parser') as {
  XMLParser: new (options: object) => { parse(xml: Buffer): Element };
};
const lists = new Set(['testsuite', 'testcase', 'failure', 'skipped']);
const parser = new XMLParser({ ignoreAttributes: false, isArray: (name: string) => lists.has(name) });
const root = parser.parse(readFileSync(file)) as { testsuites: { testsuite: Element[] } };

let cases = 0;
let failures = 0;
for (const suite of root.testsuites.testsuite) {
  for (const test of suite.testcase as Element[]) {
    cases += 1;
    if (test.failure) failures += 1;
  }
}
process.stdout.write(JSON.stringify({ cases, failures }));
