import { expect, test } from 'vitest';
import { trustedPath } from '../../src/platform/trusted-path.ts';

test('programs come from the machine, not from the project or from where a command happens to run', () => {
  const given = [
    '/shop/node_modules/.bin',
    '/node_modules/.bin',
    '/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin',
    '/usr/bin',
    '.',
    '',
    'bin',
    '/shop/bin',
    '/shop/../shop/tools',
    '/shopping/bin',
    '/bin',
  ];
  expect(trustedPath(given.join(':'), '/shop')).toBe('/usr/bin:/shopping/bin:/bin');
  expect(trustedPath(undefined, '/shop')).toBe('');
});
