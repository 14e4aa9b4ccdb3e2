import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';
import { policyInForce, signerFileNames } from '../../src/config/policy.ts';
import { weakenings } from '../../src/config/weakening.ts';
import { sha256 } from '../../src/platform/digest.ts';

const target = { kind: 'process', run: 'node service.mjs', port: 7_999 };
const health = { version: '$.version' };
const policy = {
  project: 'shop',
  producers: { ci: { allowedSigners: '.producers' }, scan: { publicKey: 'scan.pub.pem' } },
  checks: {
    unit: { attestedBy: ['ci'], report: { format: 'junit' } },
    scan: {
      attestedBy: ['scan'],
      statement: { kind: 'vulnerabilities', scanner: 'pkg:github/anchore/grype' },
    },
  },
  environments: {
    staging: { gate: { unit: '100%', scan: { maxSeverity: 'low' } }, target, health },
  },
};
// biome-ignore lint/suspicious/noExplicitAny: tests write what no type allows
function parse(change: (config: any) => void = () => undefined) {
  const changed = structuredClone(policy);
  change(changed);
  return parseConfig(stringify(changed), 'devops.yaml');
}

test('a check may have producers and no command', () => {
  expect(parse().checks).toMatchObject({
    unit: { attestedBy: ['ci'] },
    scan: { statement: { kind: 'vulnerabilities' } },
  });
  expect(parse().checks.unit?.run).toBeUndefined();
});

describe('is refused', () => {
  test.each([
    [
      'a producer without keys',
      (c: typeof policy) => Object.assign(c.producers, { ci: {} }),
      'needs one of allowedSigners and publicKey',
    ],
    [
      'one with both',
      (c: typeof policy) => Object.assign(c.producers.ci, { publicKey: 'x' }),
      'and not both',
    ],
    [
      'an unknown producer',
      (c: typeof policy) => Object.assign(c.checks.unit, { attestedBy: ['cl'] }),
      'there is no producer "cl"; did you mean "ci"',
    ],
    ['nobody', (c: typeof policy) => Object.assign(c.checks.unit, { attestedBy: [] }), 'attestedBy'],
    [
      'neither command nor producer',
      (c: typeof policy) => Object.assign(c.checks, { unit: {} }),
      'nothing could prove this check',
    ],
    [
      'a kind without producer',
      (c: typeof policy) => Object.assign(c.checks.scan, { attestedBy: undefined, run: 'x' }),
      'needs attestedBy',
    ],
    [
      'a demand that the kind cannot meet',
      (c: typeof policy) => Object.assign(c.environments.staging.gate, { scan: '100%' }),
      'its vulnerabilities statement contains findings',
    ],
    [
      'a command beside provenance',
      (c: typeof policy) =>
        Object.assign(c.checks.unit, { run: 'x', statement: { kind: 'provenance', builders: ['b'] } }),
      'cannot stand beside a statement of provenance',
    ],
    [
      'validation without a command',
      (c: typeof policy) => Object.assign(c.environments.staging, { validate: ['unit'] }),
      'check "unit" has no command to run against staging',
    ],
    [
      'provenance without builders',
      (c: typeof policy) => Object.assign(c.checks.unit, { statement: { kind: 'provenance', builders: [] } }),
      'builders',
    ],
  ])('%s', (_what, change, reason) => {
    expect(() => parse(change)).toThrow(reason);
  });
});

test('a wrong place elsewhere does not make producers unknown', () => {
  const wrong = (config: typeof policy) =>
    Object.assign(config.environments.staging, { target: { kind: 'x' } });
  expect(() => parse(wrong)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('producer') }),
  );
});

describe('producers are part of the policy', () => {
  const keys = { '.producers': 'ci@shop.example ssh-ed25519 AAAA\n', 'scan.pub.pem': 'PEM 1' };
  const inForce = (config = parse(), signers: Record<string, string> = keys) =>
    policyInForce(config, signers, sha256);

  test('with both kinds of files', () => {
    expect(signerFileNames(parse()).sort()).toEqual(['.producers', 'scan.pub.pem']);
    expect(inForce(parse(), { ...keys, 'scan.pub.pem': 'PEM 2' }).digest).not.toBe(inForce().digest);
    expect(inForce(parse(), { ...keys, '.producers': '' }).digest).not.toBe(inForce().digest);
  });

  test('which is weaker with another key, a producer more or another producer for a check', () => {
    const changes = [
      inForce(parse(), { ...keys, 'scan.pub.pem': 'PEM 2' }),
      inForce(parse(), { ...keys, '.producers': `${keys['.producers']}eve@shop.example ssh-ed25519 BBBB\n` }),
      inForce(parse((c) => Object.assign(c.producers, { own: { allowedSigners: '.producers' } }))),
      inForce(parse((c) => Object.assign(c.checks.unit, { attestedBy: ['ci', 'scan'] }))),
      inForce(parse((c) => Object.assign(c.checks.scan.statement, { scanner: 'pkg:github/acme/nothing' }))),
    ];
    for (const changed of changes) expect(weakenings(inForce(), changed)).not.toEqual([]);
    expect(weakenings(inForce(), inForce())).toEqual([]);
    expect(weakenings(inForce(), inForce(parse(), { ...keys, '.producers': '' }))).toEqual([]);
  });
});
