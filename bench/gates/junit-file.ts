import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A JUnit report of any length, in a folder for temporary files. */
export interface JUnitFile {
  file: string;
  bytes: number;
  cases: number;
  failures: number;
  remove(): Promise<void>;
}

const casesPerSuite = 1_000;
/** Of every hundred cases one fails, and one is skipped. */
const among = 100;

export async function junitFile(suites: number): Promise<JUnitFile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-junit-'));
  const file = path.join(folder, 'junit.xml');
  const cases = suites * casesPerSuite;
  const failures = cases / among;
  const handle = await open(file, 'w');
  try {
    await handle.write('<?xml version="1.0" encoding="UTF-8"?>\n');
    await handle.write(`<testsuites name="shop" tests="${cases}" failures="${failures}" errors="0">\n`);
    for (let suite = 0; suite < suites; suite++) await handle.write(suiteText(suite));
    await handle.write('</testsuites>\n');
  } finally {
    await handle.close();
  }
  const { size: bytes } = await stat(file);
  return { file, bytes, cases, failures, remove: () => rm(folder, { recursive: true, force: true }) };
}

function suiteText(suite: number): string {
  const name = `shop.orders.Suite${String(suite).padStart(5, '0')}`;
  const share = casesPerSuite / among;
  const cases = Array.from({ length: casesPerSuite }, (_, index) => caseText(name, index));
  return `  <testsuite name="${name}" tests="${casesPerSuite}" failures="${share}" errors="0" skipped="${share}" time="${casesPerSuite / 250}">\n${cases.join('')}  </testsuite>\n`;
}

function caseText(suite: string, index: number): string {
  const test = `    <testcase classname="${suite}" name="prices order ${index} with a discount &amp; sends a receipt" file="test/orders/${suite}.test.ts" time="0.004"`;
  if (index % among === 0) {
    return `${test}>\n      <failure message="expected ${index} to equal ${index + 1}" type="AssertionError"><![CDATA[AssertionError: expected ${index} to equal ${index + 1}\n    at test/orders/${suite}.test.ts:${index}:14\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)]]></failure>\n    </testcase>\n`;
  }
  return index % among === 1
    ? `${test}>\n      <skipped message="later"/>\n    </testcase>\n`
    : `${test}/>\n`;
}
