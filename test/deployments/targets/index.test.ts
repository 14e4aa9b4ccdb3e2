import { expect, test } from 'vitest';
import { environment } from '../../../src/config/schema.ts';
import { openTarget, targetKinds } from '../../../src/deployments/targets/index.ts';

const targets = {
  process: { kind: 'process', run: 'node service.mjs', port: 8080, host: '0.0.0.0' },
  command: { kind: 'command', url: 'https://shop.example.com/', deploy: 'true', rollback: 'true' },
  ssh: {
    kind: 'ssh',
    url: 'https://shop.example.com/',
    hosts: ['deploy@web1.example.com'],
    path: '/srv/shop',
    restart: 'true',
    stop: 'true',
    status: 'true',
  },
  container: { kind: 'container', port: 8080, host: '::', dockerfile: 'Dockerfile' },
  kubernetes: { kind: 'kubernetes', url: 'https://shop.example.com/', deployment: 'shop' },
  compose: { kind: 'compose', url: 'https://shop.example.com/', service: 'web', dockerfile: 'Dockerfile' },
};

function open(kind: keyof typeof targets) {
  return openTarget({
    environment: 'staging',
    project: 'shop',
    projectDir: '/nowhere',
    stateDir: '/nowhere/state',
    config: environment.parse({ target: targets[kind] }).target,
    serverEnvironment: {},
  });
}

test('every kind of the schema has its target', () => {
  expect([...targetKinds].sort()).toEqual(Object.keys(targets).sort());
  for (const kind of targetKinds) expect(open(kind).kind).toBe(kind);
});

test('says where the environment answers: reachable, without a trailing slash', () => {
  expect(open('process').url).toBe('http://127.0.0.1:8080');
  expect(open('command').url).toBe('https://shop.example.com');
  expect(open('ssh').url).toBe('https://shop.example.com');
  expect(open('container').url).toBe('http://[::1]:8080');
  expect(open('compose').url).toBe('https://shop.example.com');
  expect(open('kubernetes').url).toBe('https://shop.example.com');
});
