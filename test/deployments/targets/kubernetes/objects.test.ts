import { expect, test } from 'vitest';
import { patchOf, withRelease } from '../../../../src/deployments/targets/kubernetes/objects.ts';

const release = {
  deployment: 'web',
  container: 'app',
  image: 'registry/web@sha256:1',
  labels: { release: 'r1' },
  environment: { DEVOPS_VERSION: 'v1' },
};
const manifest = `apiVersion: v1
kind: Service
metadata: { name: web }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, annotations: { kept: "yes" } }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: sidecar, image: proxy }
        - { name: app, image: old, env: [{ name: DEVOPS_VERSION, value: v0 }, { name: TIER, value: web }] }
`;

test('image, labels and variables of one container change, and nothing else', () => {
  const { kind, items } = JSON.parse(withRelease(manifest, release));
  expect(kind).toBe('List');
  expect(items[0]).toEqual({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } });
  expect(items[1]).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', annotations: { kept: 'yes' } },
    spec: {
      replicas: 2,
      template: {
        metadata: { labels: { app: 'web', release: 'r1' } },
        spec: {
          containers: [
            { name: 'sidecar', image: 'proxy' },
            {
              name: 'app',
              image: 'registry/web@sha256:1',
              env: [
                { name: 'TIER', value: 'web' },
                { name: 'DEVOPS_VERSION', value: 'v1' },
              ],
            },
          ],
        },
      },
    },
  });
  expect(JSON.parse(withRelease(manifest, { ...release, replicas: 5 })).items[1].spec.replicas).toBe(5);
});

const deployment = (spec: string) => `kind: Deployment\nmetadata: { name: web }\nspec: ${spec}\n`;
const containers = (text: string) => deployment(`{ template: { spec: { containers: ${text} } } }`);

test.each([
  ['nothing', '', 'has no Deployment "web"'],
  ['another', manifest.replaceAll('name: web', 'name: shop'), 'has no Deployment "web"'],
  ['no mapping', '- 1\n- 2', 'has no Deployment "web"'],
  ['no name', 'kind: Deployment\nmetadata: null', 'has no Deployment "web"'],
  ['a spec of nothing', deployment('5'), 'cannot be: spec'],
  ['containers that are none', containers('7'), 'cannot be: spec.template.spec.containers'],
  ['a container of nothing', containers('[null]'), 'cannot be: spec.template.spec.containers.0'],
  ['no containers', containers('[]'), 'cannot be: spec.template.spec.containers'],
  ['variables that are none', containers('[{ name: app, env: 5 }]'), 'cannot be: spec.template.spec'],
  ['another container', containers('[{ name: x }]'), 'has no container "app" in it, only x'],
  ['an alias of nothing', 'a: *b', 'is no YAML'],
  ['brackets without end', '['.repeat(100_000), 'nests deeper'],
])('a manifest with %s is refused by what is wrong with it', (_what, text, why) => {
  expect(() => withRelease(text, release)).toThrowError(
    expect.objectContaining({ code: 'TARGET_FAILED', message: expect.stringContaining(why) }),
  );
});

test('without a manifest the same is a patch', () => {
  expect(JSON.parse(patchOf(release))).toEqual({
    spec: {
      template: {
        metadata: { labels: { release: 'r1' } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'registry/web@sha256:1',
              env: [{ name: 'DEVOPS_VERSION', value: 'v1' }],
            },
          ],
        },
      },
    },
  });
});
