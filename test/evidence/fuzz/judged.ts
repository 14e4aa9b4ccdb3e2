import { inMarkup, matching } from './facts.ts';
import { type Kind, nothingFound } from './seed.ts';

/** Formats that judge tests or list findings: a red and a green report each. */
export const judged: Readonly<Record<string, [format: string, kind: Kind]>> = {
  'junit.xml': [
    'junit',
    {
      facts: inMarkup(matching(/<(?:failure|error)[\s/>]|\b(?:failures|errors)="0*[1-9]\d*"/)),
      passes: matching(/<testcase[\s/>]/),
    },
  ],
  'nested.tap': [
    'tap',
    {
      plain: (text) => text.replace(/not ok 3.*TODO.*/, 'ok 3 - exports').replace(/ # SKIP.*/, ''),
      facts: matching(/^\s*(?:not ok\b(?!.*#\s*(?:todo|skip))|bail out!)/im),
      passes: matching(/^\s*ok\b/m),
    },
  ],
  'jest.json': [
    'jest',
    {
      facts: matching(/"status"\s*:\s*"failed"|"numFailedTests"\s*:\s*[1-9]|"success"\s*:\s*false/),
      passes: matching(/"status"\s*:\s*"passed"/),
    },
  ],
  'mocha.json': [
    'mocha',
    { facts: matching(/"failures"\s*:\s*(?:[1-9]|\[\s*\{)/), passes: matching(/"(?:title|fullTitle)"\s*:/) },
  ],
  'mocha-stream.jsonl': [
    'mocha-json-stream',
    { facts: matching(/\[\s*"fail"|"failures"\s*:\s*[1-9]/), passes: matching(/\[\s*"pass"/) },
  ],
  'playwright.json': [
    'playwright',
    {
      facts: matching(/"status"\s*:\s*"unexpected"|"unexpected"\s*:\s*[1-9]/),
      passes: matching(/"status"\s*:\s*"(?:expected|flaky)"/),
    },
  ],
  'ctrf.json': [
    'ctrf',
    {
      facts: matching(/"status"\s*:\s*"(?:failed|other)"|"(?:failed|other)"\s*:\s*[1-9]/),
      passes: matching(/"status"\s*:\s*"passed"/),
    },
  ],
  'go-test.jsonl': [
    'go-test',
    {
      facts: matching(/"Action"\s*:\s*"fail"/),
      passes: matching(/"Action"\s*:\s*"(?:pass|run)"/),
      hasNoEnd: true,
    },
  ],
  'node-test.jsonl': [
    'node-test',
    {
      plain: (text) =>
        text
          .replace(/.*"todo".*\n/, '')
          .replace('tests 5', 'tests 4')
          .replace(/,"skip":"later"/, ''),
      facts: matching(
        /^(?!.*"(?:todo|skip)").*"type"\s*:\s*"test:fail"|"message"\s*:\s*"(?:fail|cancelled) [1-9]/m,
      ),
      passes: matching(/"type"\s*:\s*"test:pass"/),
    },
  ],
  'results.trx': [
    'trx',
    {
      facts: inMarkup(
        matching(
          /\boutcome="(?:Failed|Error|Timeout|Aborted)"|\b(?:failed|error|timeout|aborted)="0*[1-9]\d*"/,
        ),
      ),
      passes: matching(/\boutcome="Passed"/i),
    },
  ],
  'scan.sarif': [
    'sarif',
    {
      demand: nothingFound,
      plain: (text) => text.replace(/,\s*\{ "ruleId": "weak-hash".*/, ''),
      facts: matching(/"results"\s*:\s*\[\s*\{\s*"ruleId"\s*:/),
    },
  ],
  'npm-audit.json': [
    'npm-audit',
    {
      demand: nothingFound,
      facts: matching(/"severity"\s*:\s*"|"(?:critical|moderate|info|total)"\s*:\s*[1-9]/),
    },
  ],
  'npm-audit-v1.json': [
    'npm-audit',
    { demand: nothingFound, facts: matching(/"module_name"\s*:|"(?:high|low)"\s*:\s*[1-9]/) },
  ],
  'trivy.json': [
    'trivy',
    {
      demand: nothingFound,
      facts: matching(
        /"(?:VulnerabilityID|RuleID)"\s*:\s*"(?!CVE-2020-1")|"Status"\s*:\s*"FAIL"|"Failures"\s*:\s*[1-9]/,
      ),
    },
  ],
  'grype.json': [
    'grype',
    {
      demand: nothingFound,
      facts: matching(
        /"severity"\s*:\s*"(?:High|Negligible|Unknown)"\s*[},]\s*"(?:fix|artifact)"|"artifact"\s*:/,
      ),
    },
  ],
  'osv-scanner.json': [
    'osv-scanner',
    {
      demand: nothingFound,
      facts: matching(/"vulnerabilities"\s*:\s*\[\s*\{[^[\]]*"id"\s*:|"groups"\s*:\s*\[\s*\{\s*"ids"/),
    },
  ],
  'cyclonedx.json': [
    'cyclonedx',
    { demand: nothingFound, facts: matching(/"vulnerabilities"\s*:\s*\[\s*\{[^[\]]*"id"\s*:/) },
  ],
  'cyclonedx.xml': ['cyclonedx', { demand: nothingFound, facts: inMarkup(matching(/<vulnerability[\s/>]/)) }],
};
