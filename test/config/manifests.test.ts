import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  composeFactsOf,
  exposedPortOf,
  goModuleOf,
  kubernetesFactsOf,
  makeTargetsOf,
  webProcessOf,
} from '../../src/config/manifests.ts';

test('Procfile: the web process only', () => {
  expect(webProcessOf('worker: ./w\nweb:  node server.js \n')).toBe('node server.js');
  expect(webProcessOf('worker: ./w\n')).toBeUndefined();
});

test('Dockerfile: the port of the last stage', () => {
  expect(exposedPortOf('EXPOSE 1\nFROM b\n  expose 3000/tcp\n')).toBe(3000);
  expect(exposedPortOf('# nothing\n')).toBeUndefined();
});

test('Makefile: explicit targets, neither variables nor special ones', () => {
  expect(makeTargetsOf('A := 1\nB ::= 2\n.PHONY: test\ntest: all\n%.o: %.c\ndeploy-all :\n\tx: y\n')).toEqual(
    ['test', 'deploy-all'],
  );
});

test('go.mod: its module', () => {
  expect(goModuleOf('// comment\nmodule example.com/a\n')).toBe('example.com/a');
});

describe('compose: the first fixed port of the host', () => {
  test.each([
    ['"8080:80"', 8080],
    ['"127.0.0.1:8080:80/tcp"', 8080],
    ['{ published: "8080", target: 80 }', 8080],
    ['"80"', undefined], // a random one
    ['"${PORT}:80"', undefined],
    ['{ target: 80 }', undefined],
  ])('%s', (port, expected) => {
    expect(composeFactsOf('c', `services: { web: { ports: [${port}] } }`).port).toBe(expected);
  });

  test('folders of the project are told from named volumes', () => {
    const mounts = (volume: string) =>
      composeFactsOf('c', `services: { web: { volumes: [${volume}] } }`).bindMounts;
    expect([
      mounts('"./data:/data"'),
      mounts('{ type: bind, source: ./data }'),
      mounts('"data:/data"'),
    ]).toEqual([true, true, false]);
  });
});

describe('Kubernetes', () => {
  const deployment = (name: string, image: string) => `kind: Deployment
metadata: { name: ${name} }
spec: { template: { spec: { containers: [{ name: app, image: ${image} }] } } }
`;

  test.each([
    ['nginx', 'nginx'],
    ['"example.com:5000/a/b:1.2"', 'example.com:5000/a/b'],
    ['"a/b@sha256:00"', 'a/b'],
    ['"a/b:1@sha256:00"', 'a/b'],
  ])('image %s', (image, expected) => {
    expect(kubernetesFactsOf('k8s', [deployment('api', image)]).deployment).toMatchObject({
      image: expected,
    });
  });

  // names become part of a proposed command
  test.each([
    ['a name', deployment('"api; rm -rf /"', 'nginx')],
    ['an image', deployment('api', '"$(reboot)"')],
  ])('%s that is shell text is not taken', (_, text) => {
    expect(kubernetesFactsOf('k8s', [text]).deployment).toBeUndefined();
  });
});

test.each(['[', '{a: ', '- ', '? ', 'a:\n'])('thousands of %j are not read', (piece) => {
  expect(composeFactsOf('compose.yaml', piece.repeat(50_000))).toEqual({
    file: 'compose.yaml',
    bindMounts: false,
  });
});

test('whatever the files hold, nothing throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const read of [webProcessOf, exposedPortOf, makeTargetsOf, goModuleOf]) read(text);
      composeFactsOf('compose.yaml', text);
      kubernetesFactsOf('k8s', [text]);
    }),
  );
});
