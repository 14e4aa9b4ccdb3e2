import { expect, test } from 'vitest';
import { rolesThatApprove } from '../../src/approvals/policy-approvers.ts';
import { policyWith } from '../config/full-policy.ts';

const names = (...change: Parameters<typeof policyWith>) =>
  rolesThatApprove(policyWith(...change)).map(({ role }) => role);

test('the roles that approve deployments let another policy count', () => {
  expect(names()).toEqual(['owner', 'stakeholder']);
  expect(
    names(({ environments }) => {
      environments.production.approvals.from = ['owner'];
    }),
  ).toEqual(['owner']);
});

test('where no environment asks anybody, all but the reviewers', () => {
  expect(
    names(({ environments }) => {
      delete environments.production.approvals;
    }),
  ).toEqual(['owner', 'stakeholder']);
});

test('who cannot sign does not count, and where only reviewers can, they may', () => {
  expect(names((_, signers) => delete signers['.owners'])).toEqual(['stakeholder']);
  expect(
    names((_, signers) => {
      signers['.owners'] = '# nobody yet\n';
      delete signers['.stakeholders'];
    }),
  ).toEqual(['reviewer']);
});

test('where nobody can sign, nobody is named', () => {
  expect(
    names(({ approvers }) => {
      for (const role of Object.keys(approvers)) delete approvers[role];
    }),
  ).toEqual([]);
});
