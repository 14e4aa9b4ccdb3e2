import { describe, expect, test } from 'vitest';
import { configurationExample } from '../../src/config/example.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { policyDigest } from '../../src/config/policy.ts';
import { sha256 } from '../../src/platform/digest.ts';

const signers = { '.devops-approvers': 'sha256:aa', '.devops-reviewers': 'sha256:bb' };
const digestOf = (text: string, files: Record<string, string> = signers) =>
  policyDigest(parseConfig(text, 'devops.yaml'), files, sha256);
const digest = digestOf(configurationExample);

test('is a SHA-256', () => {
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

describe('stays the same', () => {
  test.each([
    ['another comment', configurationExample.replace('# built once', '# made once')],
    ['another channel', configurationExample.replace('rolledBack, ', '')],
    ['another name', configurationExample.replace('project: shop', 'project: store')],
    ['another spelling of the same duration', configurationExample.replace('bake: 2m', 'bake: 120s')],
  ])('with %s', (_, text) => {
    expect(text).not.toBe(configurationExample);
    expect(digestOf(text)).toBe(digest);
  });
});

describe('changes', () => {
  test.each([
    ['a lower demand', configurationExample.replace('>= 95%', '>= 94%')],
    ['another command', configurationExample.replace('npm audit --json', './audit')],
    ['another build', configurationExample.replace('npm run build', 'make')],
    ['fewer approvals', configurationExample.replace('required: 1, from: [stakeholder]', 'from: [reviewer]')],
    ['a shorter watch', configurationExample.replace('bake: 2m', 'bake: 0s')],
  ])('with %s', (_, text) => {
    expect(text).not.toBe(configurationExample);
    expect(digestOf(text)).not.toBe(digest);
  });

  test('with another signer', () => {
    expect(digestOf(configurationExample, { ...signers, '.devops-approvers': 'sha256:cc' })).not.toBe(digest);
  });
});
