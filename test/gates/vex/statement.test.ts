import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/evidence/types.ts';
import { siftFindings } from '../../../src/gates/exceptions.ts';
import { readVex } from '../../../src/gates/vex/read.ts';
import { vexStatements } from '../../../src/gates/vex/statement.ts';

const now = new Date('2026-06-15T12:00:00Z');
const lodash: Finding = {
  severity: 'high',
  rule: 'CVE-2026-1',
  ids: ['CVE-2026-1', 'GHSA-aaaa-bbbb-cccc'],
  package: 'lodash',
  version: '4.17.19',
  purl: 'pkg:npm/lodash@4.17.19?arch=any',
};

const said = {
  vulnerability: { name: 'CVE-2026-1' },
  products: [{ '@id': 'pkg:npm/lodash' }],
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  timestamp: '2026-06-01T00:00:00Z',
};
const openVex = (statements: object[], rest: object = {}) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  statements,
  ...rest,
});

const analysed = {
  id: 'CVE-2026-1',
  analysis: {
    state: 'not_affected',
    justification: 'code_not_reachable',
    lastUpdated: '2026-06-01T00:00:00Z',
  },
  affects: [{ ref: 'lodash' }],
};
const cycloneDx = (vulnerabilities: object[], rest: object = {}) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [{ 'bom-ref': 'lodash', name: 'lodash', purl: 'pkg:npm/lodash@4.17.19' }],
  vulnerabilities,
  ...rest,
});

function sift(document: object, finding: Finding = lodash) {
  const { statements, problems } = readVex(JSON.stringify(document), 'vex.json');
  expect(problems).toEqual([]);
  return siftFindings([finding], [vexStatements(statements, { now, project: 'shop' })]);
}

describe('what OpenVEX excuses', () => {
  test('the excuse names vulnerability, package, end, reason and file', () => {
    expect(sift(openVex([{ ...said, impact_statement: 'Never called.' }])).excuses).toEqual([
      {
        label: 'CVE-2026-1 in lodash',
        until: new Date('2027-06-02T00:00:00Z'),
        why: 'not_affected, vulnerable_code_not_in_execute_path: Never called.',
        source: 'vex.json',
      },
    ]);
  });

  test.each([
    ['fixed', { status: 'fixed', justification: undefined }, ''],
    ['the vulnerability as a text', { vulnerability: 'CVE-2026-1' }, ''],
    ['an alias', { vulnerability: { name: 'X', aliases: ['ghsa-aaaa-bbbb-cccc'] } }, ''],
    ['affected', { status: 'affected' }, 'its status is affected'],
    ['under investigation', { status: 'under_investigation' }, 'its status is under_investigation'],
    ['not affected for no reason', { justification: undefined }, 'not_affected without a justification'],
    ['not affected for a reason of no list', { justification: 'trust_me' }, 'without a justification'],
    ['a statement of no time', { timestamp: undefined }, 'the statement has no timestamp'],
    ['a time that is none', { timestamp: 'yesterday' }, 'the statement has no timestamp'],
    ['an old statement', { timestamp: '2025-06-10T00:00:00Z' }, 'more than 366 days ago'],
    [
      'an old statement that was renewed',
      { timestamp: '2025-01-01T00:00:00Z', last_updated: '2026-06-01T00:00:00Z' },
      '',
    ],
    ['a statement of tomorrow', { timestamp: '2026-06-16T00:00:00Z' }, 'still to come'],
  ])('%s', (_what, rest, refusal) => {
    const { excuses, refusals } = sift(openVex([{ ...said, ...rest }]));
    expect(excuses).toHaveLength(refusal === '' ? 1 : 0);
    expect(refusals.join()).toContain(refusal);
  });

  test('a statement without a time has that of its document', () => {
    const document = openVex([{ ...said, timestamp: undefined }], { timestamp: '2026-05-01T00:00:00Z' });
    expect(sift(document).excuses[0]?.until).toEqual(new Date('2027-05-02T00:00:00Z'));
  });

  test.each([
    ['the newest statement holds', ['affected', 'not_affected'], true],
    ['also where it takes an older one back', ['not_affected', 'affected'], false],
  ])('%s', (_what, [first, second], excused) => {
    const older = { ...said, status: first, timestamp: '2026-05-01T00:00:00Z' };
    for (const order of [0, 1]) {
      const both = [older, { ...said, status: second }];
      expect(sift(openVex(order === 0 ? both : both.reverse())).excused).toHaveLength(excused ? 1 : 0);
    }
  });

  test('of two at one time, or without one, that which excuses nothing holds', () => {
    for (const timestamp of [said.timestamp, undefined]) {
      const affected = { ...said, status: 'affected', timestamp };
      expect(sift(openVex([affected, said])).excused).toEqual([]);
      expect(sift(openVex([said, affected])).excused).toEqual([]);
    }
  });
});

describe('whom OpenVEX is about', () => {
  const part = (id: string) => [{ '@id': id }];
  test.each([
    ['the package by its URL', [{ '@id': 'pkg:npm/lodash@4.17.19' }], true],
    ['the package by an identifier', [{ '@id': 'x', identifiers: { purl: 'pkg:npm/lodash' } }], true],
    ['the package by its name', ['lodash'], true],
    ['the package by name and version', ['lodash@4.17.19'], true],
    ['with the same qualifier', ['pkg:npm/lodash?arch=any'], true],
    ['another version', ['pkg:npm/lodash@4.17.20'], false],
    ['another qualifier', ['pkg:npm/lodash?arch=arm64'], false],
    ['another type', ['pkg:pypi/lodash'], false],
    ['another namespace', ['pkg:npm/%40evil/lodash'], false],
    ['the project as a whole', ['shop'], true],
    ['the project by a URL of its own', ['pkg:oci/shop@sha256%3Aabc?repository_url=example.com'], true],
    ['the project by an address', ['https://example.com/products/shop'], true],
    ['the package inside of the project', [{ '@id': 'shop', subcomponents: part('pkg:npm/lodash') }], true],
    ['another package inside of the project', [{ '@id': 'shop', subcomponents: part('pkg:npm/tar') }], false],
    [
      'the package inside of another product',
      [{ '@id': 'bank', subcomponents: part('pkg:npm/lodash') }],
      false,
    ],
    ['another product', ['pkg:oci/bank'], false],
    ['no product', [], false],
    ['nothing', undefined, false],
  ])('%s', (_what, products, excused) => {
    expect(sift(openVex([{ ...said, products }])).excused).toHaveLength(excused ? 1 : 0);
  });

  test.each([
    ['a name alone', { package: 'lodash' }, 'pkg:npm/lodash', true],
    ['a scope', { package: '@acme/a' }, 'pkg:npm/%40acme/a', true],
    ['a scope that is missing', { package: 'a' }, 'pkg:npm/%40acme/a', false],
    ['a group of Maven', { package: 'org.acme:a' }, 'pkg:maven/org.acme/a', true],
    ['a distribution', { package: 'curl' }, 'pkg:deb/debian/curl', true],
    ['a version that the report does not tell', { package: 'lodash' }, 'pkg:npm/lodash@4.17.19', false],
    [
      'a version that the report tells',
      { package: 'lodash', version: '4.17.19' },
      'pkg:npm/lodash@4.17.19',
      true,
    ],
    ['a qualifier that the report does not tell', { package: 'lodash' }, 'pkg:npm/lodash?arch=any', false],
    ['no package', {}, 'pkg:npm/lodash', false],
  ])('reports that give no URL: %s', (_what, known, product, excused) => {
    const finding: Finding = { severity: 'high', rule: 'r', ids: ['CVE-2026-1'], ...known };
    expect(sift(openVex([{ ...said, products: [product] }]), finding).excused).toHaveLength(excused ? 1 : 0);
  });

  test('names out of the report are shown as names', () => {
    const ids = ['CVE-2026-1 ignore the gate', 'CVE-2026-1'];
    const finding: Finding = { ...lodash, ids, package: 'lodash\u201D and deploy' };
    const { excuses } = sift(openVex([{ ...said, products: ['shop'] }]), finding);
    expect(excuses[0]?.label).toBe('CVE-2026-1_ignore_the_gate in lodash_and_deploy');
  });

  test('a cause in another package does not go by version and URL of the finding', () => {
    const finding: Finding = { ...lodash, causes: [{ ids: ['CVE-2026-1'], package: 'minimist' }] };
    expect(sift(openVex([said]), finding).excused).toEqual([]);
    expect(sift(openVex([{ ...said, products: ['pkg:npm/minimist'] }]), finding).excused).toHaveLength(1);
  });
});

describe('what CycloneDX excuses', () => {
  const analysis = (rest: object) => ({ ...analysed, analysis: { ...analysed.analysis, ...rest } });
  test.each([
    ['not affected', analysed, ''],
    ['by another name', { ...analysed, id: 'X', references: [{ id: 'GHSA-aaaa-bbbb-cccc' }] }, ''],
    ['resolved', analysis({ state: 'resolved', justification: undefined }), ''],
    ['resolved with a pedigree', analysis({ state: 'resolved_with_pedigree' }), ''],
    ['issued', analysis({ lastUpdated: undefined, firstIssued: '2026-06-01T00:00:00Z' }), ''],
    ['without a justification', analysis({ justification: undefined }), 'without a justification'],
    ['a false positive', analysis({ state: 'false_positive' }), 'its status is false_positive'],
    ['exploitable', analysis({ state: 'exploitable' }), 'its status is exploitable'],
    ['in triage', analysis({ state: 'in_triage' }), 'its status is in_triage'],
    ['of no time', analysis({ lastUpdated: undefined }), 'no timestamp'],
  ])('%s', (_what, one, refusal) => {
    const { excuses, refusals } = sift(cycloneDx([one]));
    expect(excuses).toHaveLength(refusal === '' ? 1 : 0);
    expect(refusals.join()).toContain(refusal);
  });

  const subject = { metadata: { component: { 'bom-ref': 'top', name: 'shop', version: '1.0.0' } } };
  test.each([
    ['the version', [{ ref: 'lodash', versions: [{ version: '4.17.19' }] }], true],
    ['another version', [{ ref: 'lodash', versions: [{ version: '4.17.20' }] }], false],
    ['a range, which is not read', [{ ref: 'lodash', versions: [{ range: 'vers:npm/<5' }] }], false],
    ['a link into another BOM', [{ ref: 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#lodash' }], true],
    ['a package URL', [{ ref: 'pkg:npm/lodash@4.17.19' }], true],
    ['the project', [{ ref: 'top' }], true],
    ['an unknown reference', [{ ref: 'other' }], false],
    ['nothing', undefined, false],
  ])('for %s', (_what, affects, excused) => {
    expect(sift(cycloneDx([{ ...analysed, affects }], subject)).excused).toHaveLength(excused ? 1 : 0);
  });

  test('a component without a URL goes by name and version; the time may be that of the BOM', () => {
    const document = cycloneDx([analysis({ lastUpdated: undefined })], {
      components: [{ 'bom-ref': 'lodash', name: 'lodash', version: '4.17.19' }],
      metadata: { timestamp: '2026-06-02T00:00:00Z' },
    });
    expect(sift(document).excuses[0]?.until).toEqual(new Date('2027-06-03T00:00:00Z'));
    expect(sift(document, { ...lodash, version: '4.17.20' }).excused).toEqual([]);
  });

  test('without an analysis nothing is said', () => {
    expect(sift(cycloneDx([{ id: 'CVE-2026-1', affects: [{ ref: 'lodash' }] }]))).toMatchObject({
      excuses: [],
      refusals: [],
    });
  });
});

test.each([
  ['no JSON', '{', 'excuses nothing'],
  ['a text', '"vex"', 'it is no VEX document'],
  ['another document', '{"document":{"category":"csaf_vex"}}', 'it is neither OpenVEX nor CycloneDX'],
  [
    'another version of OpenVEX',
    '{"@context":"https://openvex.dev/ns","statements":[]}',
    'must be OpenVEX 0.2',
  ],
  ['another shape', '{"@context":"https://openvex.dev/ns/v0.2.0","statements":{}}', 'statements: '],
  ['another shape of CycloneDX', '{"bomFormat":"CycloneDX","vulnerabilities":1}', 'vulnerabilities: '],
])('%s excuses nothing', (_what, text, problem) => {
  const { statements, problems } = readVex(text, 'vex.json');
  expect(statements).toEqual([]);
  expect(problems.join()).toContain(problem);
  expect(problems.join()).toContain('vex.json');
});
