import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const bom = (rest: object) =>
  read(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', ...rest }), { format: 'cyclonedx' });

test('one finding for each vulnerability of each component; analysis excuses none', async () => {
  expect(await read(fixture('cyclonedx.json'))).toEqual({
    format: 'cyclonedx',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 2, high: 0, medium: 0, low: 1, unknown: 1 },
    findingList: [
      {
        severity: 'critical',
        rule: 'CVE-2018-7489',
        ids: ['CVE-2018-7489', 'SNYK-JAVA-32111'],
        package: '@acme/outer',
        version: '1.0.0',
        purl: 'pkg:npm/%40acme/outer@1.0.0',
        fix: 'Upgrade.',
      },
      {
        severity: 'critical',
        rule: 'CVE-2018-7489',
        ids: ['CVE-2018-7489', 'SNYK-JAVA-32111'],
        package: 'inner',
        version: '2.0.0',
        fix: 'Upgrade.',
      },
      { severity: 'unknown', rule: 'CVE-2024-2', ids: ['CVE-2024-2'] },
      {
        severity: 'low',
        rule: 'GHSA-1',
        ids: ['GHSA-1'],
        package: 'django',
        version: '3.2.9',
        purl: 'pkg:pypi/django@3.2.9',
      },
    ],
  });
});

test('in XML', async () => {
  const both = {
    severity: 'critical',
    rule: 'CVE-2018-7489',
    ids: ['CVE-2018-7489', 'SNYK-JAVA-32111'],
    fix: 'Upgrade.',
  };
  expect(await read(fixture('cyclonedx.xml'))).toEqual({
    format: 'cyclonedx',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 2, high: 0, medium: 0, low: 0, unknown: 1 },
    findingList: [
      { ...both, package: 'org.acme/outer', version: '1.0.0', purl: 'pkg:maven/org.acme/outer@1.0.0' },
      { ...both, package: 'inner' },
      { severity: 'unknown', rule: 'CVE-2024-2', ids: ['CVE-2024-2'] },
    ],
  });
});

test('in XML, by the extension of earlier versions', async () => {
  const vulnerability = (rest: string) =>
    `<v:vulnerability${rest}><v:id>CVE-1</v:id><v:ratings><v:rating><v:score><v:base>7.5</v:base>` +
    '<v:impact>9.9</v:impact></v:score><v:severity>Low</v:severity><v:method>CVSSv3</v:method></v:rating></v:ratings>' +
    '<v:recommendations><v:recommendation>Upgrade.</v:recommendation></v:recommendations></v:vulnerability>';
  const { format, findingList } = await read(`<?xml version="1.0"?>
    <bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0">
      <components>
        <component type="library" bom-ref="c"><name>core</name><version>2</version>
          <v:vulnerabilities>${vulnerability('')}</v:vulnerabilities>
        </component>
      </components>
      <v:vulnerabilities>${vulnerability(' ref="pkg:npm/lodash@4.17.19"')}</v:vulnerabilities>
    </bom>`);
  const found = { severity: 'high', rule: 'CVE-1', ids: ['CVE-1'], fix: 'Upgrade.' };
  expect({ format, findingList }).toEqual({
    format: 'cyclonedx',
    findingList: [
      { ...found, package: 'core', version: '2' },
      { ...found, package: 'lodash', version: '4.17.19', purl: 'pkg:npm/lodash@4.17.19' },
    ],
  });
});

const xmlns = 'xmlns="http://cyclonedx.org/schema/bom/1.5"';

test.each([
  ['an inventory', `<bom ${xmlns}><components/></bom>`, 'it is an inventory, not a scan'],
  ['one that breaks off', `<bom ${xmlns}><vulnerabilities/>`, 'not whole or not well-formed XML'],
  ['another document', '<testsuites/>', 'not a CycloneDX BOM: its root is <testsuites>'],
  [
    'an empty list of trivy',
    `<bom ${xmlns}><metadata><tools><tool><name>trivy</name></tool></tools></metadata><vulnerabilities/></bom>`,
    '--format sarif',
  ],
  ['entities of its own', `<!DOCTYPE bom [<!ENTITY a "b">]><bom ${xmlns}><vulnerabilities/></bom>`, 'DTD'],
])('in XML, %s is inconclusive', async (_trap, report, problem) => {
  const evidence = await read(report, { format: 'cyclonedx' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('in XML, an empty list is a scan that found nothing', async () => {
  const evidence = await read(`\uFEFF<bom ${xmlns}><vulnerabilities></vulnerabilities></bom>`);
  expect(evidence).toMatchObject({ format: 'cyclonedx', conclusive: true, findingList: [] });
});

test.each([
  ['the worst rating', [{ severity: 'low' }, { severity: 'high' }, { severity: 'unknown' }], 'high'],
  ['a score', [{ score: 4.0, method: 'CVSSv2' }], 'medium'],
  ['a score of no method', [{ score: 7.5 }], 'high'],
  ['a vector', [{ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', method: 'CVSSv31' }], 'critical'],
  ['a score on another scale', [{ score: 9.9, method: 'OWASP' }], 'unknown'],
  ['no rating', [], 'unknown'],
])('severity by %s', async (_what, ratings, severity) => {
  expect((await bom({ vulnerabilities: [{ id: 'X', ratings }] })).findings).toMatchObject({ [severity]: 1 });
});

test('an empty list is a scan that found nothing, but not where trivy wrote it', async () => {
  expect(await bom({ vulnerabilities: [] })).toMatchObject({ conclusive: true, findingList: [] });
  for (const tools of [[{ vendor: 'aquasecurity', name: 'trivy' }], { components: [{ name: 'trivy' }] }]) {
    const { conclusive, problems } = await bom({ metadata: { tools }, vulnerabilities: [] });
    expect(conclusive).toBe(false);
    expect(problems[0]).toContain('--format sarif');
  }
});

test.each([
  ['an inventory', {}, 'it is an inventory, not a scan'],
  ['vulnerabilities null', { vulnerabilities: null }, 'it is an inventory, not a scan'],
  ['another shape', { vulnerabilities: {} }, 'not in the format of CycloneDX: vulnerabilities'],
  ['another format', { bomFormat: 'SPDX', vulnerabilities: [] }, 'not in the format of CycloneDX: bomFormat'],
])('%s is inconclusive', async (_trap, rest, problem) => {
  const evidence = await bom(rest);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
