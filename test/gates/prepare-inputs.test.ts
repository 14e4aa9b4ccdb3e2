import { expect, test } from 'vitest';
import { installInputs, runsOwnScripts } from '../../src/gates/prepare-inputs.ts';

const files = ['package.json', 'package-lock.json', 'packages/a/package.json', 'src/index.js', '.npmrc'];

test('a plain install depends on its manifests and locks, wherever they are', () => {
  const inputs = ['package.json', 'package-lock.json', 'packages/a/package.json', '.npmrc'];
  for (const command of ['npm ci', ' npm ci --no-audit ', 'npm install --omit=dev']) {
    expect(installInputs(command, files)).toEqual(inputs);
  }
});

test.each([
  'npm ci && node build.js',
  'npm run build',
  'FOO=1 npm ci',
  'npm ci; true',
  'npm ci > log',
  'make',
])('nothing is known of "%s"', (command) => expect(installInputs(command, files)).toEqual([]));

test('nor of an install that no lock file pins', () => {
  expect(installInputs('npm install', ['package.json', 'src/index.js'])).toEqual([]);
});

test('scripts of the project itself may read any file', () => {
  expect(runsOwnScripts('{"scripts":{"test":"vitest"}}')).toBe(false);
  expect(runsOwnScripts('{}')).toBe(false);
  for (const name of ['preinstall', 'postinstall', 'prepare']) {
    expect(runsOwnScripts(JSON.stringify({ scripts: { [name]: 'node x.js' } }))).toBe(true);
  }
  expect(runsOwnScripts('{')).toBe(true);
});
