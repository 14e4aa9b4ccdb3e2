import { expect, test } from 'vitest';
import { kubernetesChart } from '../../../../src/config/kubernetes-chart.ts';
import { givenValues } from '../../../../src/deployments/targets/kubernetes/chart-files.ts';
import { judgeable, renderedRelease } from '../../../../src/deployments/targets/kubernetes/rendered.ts';

const image = `registry.example.com:5000/shop@sha256:${'1'.repeat(64)}`;
const release = {
  deployment: 'web',
  container: 'app',
  image,
  labels: { 'example/release': 'r1', 'example/version': 'v1' },
  environment: { DEVOPS_VERSION: 'v1' },
};
const chart = (valueNames: Record<string, string> = {}) =>
  kubernetesChart.parse({ path: 'deploy/chart', valueNames });

test('a chart gets image, labels and what it asks for besides, by the names that it has', () => {
  expect(givenValues(chart(), release, undefined)).toEqual({
    image: { repository: 'registry.example.com:5000/shop@sha256', tag: '1'.repeat(64) },
    podLabels: release.labels,
  });
  const names = { image: 'web.image', labels: 'web.pod.labels', variables: 'web.env', replicas: 'web.count' };
  expect(givenValues(chart(names), release, 3)).toEqual({
    web: {
      image,
      pod: { labels: release.labels },
      env: [{ name: 'DEVOPS_VERSION', value: 'v1' }],
      count: 3,
    },
  });
  expect(kubernetesChart.safeParse({ path: 'x', valueNames: { tag: '__proto__.a' } }).success).toBe(false);
  expect(kubernetesChart.safeParse({ path: 'x', valueNames: { tag: 'a..b' } }).success).toBe(false);
});

const labels = '{ app: web, example/release: r1, example/version: v1 }';
const rendered = ({
  name = 'web',
  spec = 'replicas: 2, ',
  of = labels,
  container = `name: app, image: "${image}"`,
} = {}) =>
  `---\n# Source: web/templates/service.yaml\nkind: Service\nmetadata: { name: web, namespace: other }\n---\nkind: Deployment\nmetadata: { name: ${name} }\nspec: { ${spec}template: { metadata: { labels: ${of} }, spec: { containers: [{ name: proxy }, { ${container} }] } } }\n`;

test('what it comes to is the release', () => {
  const { objects, replicas } = renderedRelease(rendered(), release, chart(), 2);
  expect(replicas).toBe(2);
  expect(objects).toHaveLength(2);
  expect(judgeable(objects, 'shop')).toMatchObject([{ kind: 'Deployment' }]);
  expect(judgeable(objects, 'other')).toHaveLength(2);
  expect(judgeable(objects, 'other', ['Deployment'])).toMatchObject([{ kind: 'Deployment' }]);
  expect(renderedRelease(rendered({ spec: '' }), release, chart(), 2).replicas).toBeUndefined();
  const withVariable = rendered({
    container: `name: app, image: "${image}", env: [{ name: DEVOPS_VERSION, value: v1 }]`,
  });
  renderedRelease(withVariable, release, chart({ variables: 'env' }), undefined);
});

test('a label that stands twice is the last one, as for Helm', () => {
  const twice = rendered({ of: '{ example/release: r0, example/version: v1, example/release: r1 }' });
  expect(renderedRelease(twice, release, chart(), 2).replicas).toBe(2);
});

test.each([
  ['what is no YAML', 'a: [', 'comes to no YAML: '],
  ['brackets without end', '['.repeat(100_000), 'comes to no YAML: it nests deeper'],
  [
    'an image without end',
    rendered({ container: `name: app, image: ${'x'.repeat(10_000)}` }),
    '…, not registry',
  ],
  ['nothing', '', 'comes to no Deployment web'],
  ['another Deployment', rendered({ name: 'shop-web' }), 'comes to no Deployment web, only shop-web'],
  [
    'another container',
    rendered({ container: 'name: web' }),
    'without a container app, only with proxy, web',
  ],
  ['no container', 'kind: Deployment\nmetadata: { name: web }\nspec: 5', 'that cannot be: spec'],
  ['a tag', rendered({ container: 'name: app, image: "shop:1"' }), 'with the image "shop:1", not registry'],
  ['no image', rendered({ container: 'name: app' }), 'with the image none, not registry'],
  [
    'a label of another release',
    rendered({ of: '{ example/release: r0 }' }),
    'without the label example/release: r1',
  ],
  ['no labels', rendered({ of: 'null' }), 'without the label example/release: r1'],
  ['no variables', rendered(), 'without the variable DEVOPS_VERSION in app'],
  ['another number', rendered({ spec: 'replicas: 1, ' }), 'with 1 replicas, and it was scaled to 2'],
])('%s is refused', (what, text, why) => {
  const names = chart(what === 'no variables' ? { variables: 'env' } : {});
  expect(() => renderedRelease(text, release, names, 2)).toThrowError(
    expect.objectContaining({ code: 'TARGET_FAILED', message: expect.stringContaining(why) }),
  );
});
