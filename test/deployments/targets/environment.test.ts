import { expect, test } from 'vitest';
import { deploymentVariables } from '../../../src/deployments/targets/environment.ts';

test('names every fact as the contract does', () => {
  expect(
    deploymentVariables({
      environment: 'staging',
      commit: 'abc',
      version: 'a',
      artifact: { digest: 'sha256:1', path: '/artifacts/1.tar' },
      deploymentId: 'd1',
      release: 7,
      previousVersion: 'b',
      targetUrl: 'http://127.0.0.1:1',
    }),
  ).toEqual({
    DEVOPS_ENVIRONMENT: 'staging',
    DEVOPS_COMMIT: 'abc',
    DEVOPS_VERSION: 'a',
    DEVOPS_ARTIFACT: '/artifacts/1.tar',
    DEVOPS_ARTIFACT_DIGEST: 'sha256:1',
    DEVOPS_DEPLOYMENT_ID: 'd1',
    DEVOPS_RELEASE: '7',
    DEVOPS_PREVIOUS_VERSION: 'b',
    TARGET_URL: 'http://127.0.0.1:1',
  });
});

test('leaves out what is not known', () => {
  expect(deploymentVariables({ environment: 'staging' })).toEqual({ DEVOPS_ENVIRONMENT: 'staging' });
});
