import { audit } from './audit.ts';
import { deploy } from './deploy.ts';
import { gates } from './gates.ts';
import { redaction } from './redaction.ts';
import { report } from './report.ts';
import { start } from './start.ts';
import { tasks } from './tasks.ts';
import { tokens } from './tokens.ts';

/** `npm run bench` runs every suite, `npm run bench -- start` one. */
const suites = [start, tasks, gates, deploy, audit, redaction, tokens];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no suite ${unknown.join(', ')}; there are: ${suites.map(({ name }) => name).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  for (const suite of suites) if (wanted.length === 0 || wanted.includes(suite.name)) await report(suite);
}
