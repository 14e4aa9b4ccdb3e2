import { expect, test } from 'vitest';
import { overrideText } from '../../../../src/deployments/targets/compose/override.ts';

const override = {
  service: 'web',
  image: 'devops/web:r1',
  labels: { release: 'a$b' },
  environment: { DEVOPS_VERSION: 'v1', TOKEN: null },
};

test('image, labels and variables of one service, in the version of the user’s file', () => {
  expect(
    JSON.parse(overrideText('version: "2.4"\nservices: { web: { image: x }, db: { image: y } }', override)),
  ).toEqual({
    version: '2.4',
    services: {
      web: {
        image: 'devops/web:r1',
        labels: { release: 'a$$b' }, // Compose would put a variable in
        environment: { DEVOPS_VERSION: 'v1', TOKEN: null },
      },
    },
  });
});

test.each([
  ['another service', 'services: { db: { image: y } }', 'has no service "web", only db'],
  ['an alias of nothing', 'services: *all', 'is no YAML'],
  ['several documents', 'services: { web: {} }\n---\nservices: {}', 'several documents'],
  ['brackets without end', '{a: '.repeat(50_000), 'nests deeper'],
])('a compose file with %s is refused by what is wrong with it', (_what, text, why) => {
  expect(() => overrideText(text, override)).toThrowError(
    expect.objectContaining({ code: 'TARGET_FAILED', message: expect.stringContaining(why) }),
  );
});
