import { describe, expect, test } from 'vitest';
import { artifact, ask, commit, time } from './asking.ts';

const v1 = 'https://slsa.dev/provenance/v1';
const v02 = 'https://slsa.dev/provenance/v0.2';
const builder = 'https://github.com/acme/shop/.github/workflows/build.yml@refs/heads/main';
const asked = { statement: { kind: 'provenance', builders: [builder] }, artifact } as const;
const subjects = [{ name: 'shop.tar', digest: { sha256: artifact } }];

const source = { uri: 'git+https://github.com/acme/shop@refs/heads/main', digest: { gitCommit: commit } };
const first = (changes: { id?: string; sources?: object[] | undefined } = {}) => ({
  buildDefinition: {
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    externalParameters: {},
    resolvedDependencies: 'sources' in changes ? changes.sources : [source],
  },
  runDetails: { builder: { id: changes.id ?? builder }, metadata: { invocationId: 'x', finishedOn: time } },
});
const older = {
  builder: { id: builder },
  buildType: 'https://github.com/slsa-framework/slsa-github-generator/generic@v1',
  materials: [{ uri: 'git+https://github.com/acme/shop', digest: { sha1: commit } }],
  metadata: { buildStartedOn: time, buildFinishedOn: time },
};

test.each([
  [v1, first()],
  [v02, older],
  [v02, { ...older, materials: [], invocation: { configSource: older.materials[0] } }],
])('%s proves that the artifact was built of the commit by a known builder', (type, predicate) => {
  expect(ask(type, predicate, asked, subjects)).toMatchObject({
    finishedAt: time,
    tool: builder,
    proof: { evidence: { kind: 'tests', conclusive: true, tests: { passed: 1, failed: 0 } } },
  });
});

describe('is refused', () => {
  test.each([
    ['of another builder', first({ id: `${builder}x` }), subjects, 'which the check does not list'],
    [
      'of another commit',
      first({ sources: [{ ...source, digest: { gitCommit: 'a'.repeat(40) } }] }),
      subjects,
      'is not about commit',
    ],
    ['without sources', first({ sources: undefined }), subjects, 'is not about commit'],
    ['of another artifact', first(), [{ digest: { sha256: 'b'.repeat(64) } }], 'is not about the artifact'],
    [
      'whose artifact is a source only',
      first({ sources: [source, { digest: { sha256: artifact } }] }),
      [{ digest: { gitCommit: commit } }],
      'is not about the artifact',
    ],
    ['without a builder', { buildDefinition: {}, runDetails: {} }, subjects, 'no provenance'],
  ])('%s', (_what, predicate, about, reason) => {
    expect(() => ask(v1, predicate, asked, about as typeof subjects)).toThrow(reason);
  });
});

test('GitHub tells no time of its builds', () => {
  const { runDetails, ...rest } = first();
  const predicate = { ...rest, runDetails: { ...runDetails, metadata: { invocationId: 'x' } } };
  expect(ask(v1, predicate, asked, subjects).finishedAt).toBeUndefined();
});
