import { expect, test } from 'vitest';
import { parsePackageUrl } from '../../src/evidence/package-url.ts';

test.each([
  [
    'pkg:npm/lodash@4.17.21',
    { type: 'npm', namespace: '', name: 'lodash', version: '4.17.21', qualifiers: {} },
  ],
  [
    'pkg:npm/%40acme/a@1.0.0',
    { type: 'npm', namespace: '@acme', name: 'a', version: '1.0.0', qualifiers: {} },
  ],
  ['pkg:npm/@acme/a', { type: 'npm', namespace: '@acme', name: 'a', qualifiers: {} }],
  [
    'pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie#sub',
    {
      type: 'deb',
      namespace: 'debian',
      name: 'curl',
      version: '7.50.3-1',
      qualifiers: { arch: 'i386', distro: 'jessie' },
    },
  ],
  [
    'pkg:golang/golang.org/x/net@v0.9.0',
    { type: 'golang', namespace: 'golang.org/x', name: 'net', version: 'v0.9.0', qualifiers: {} },
  ],
  ['pkg:npm/%zz', { type: 'npm', namespace: '', name: '%zz', qualifiers: {} }],
  ['pkg:npm', undefined],
  ['pkg:npm/', undefined],
  ['lodash', undefined],
  ['urn:cdx:1/1#a', undefined],
])('%s', (text, parsed) => {
  expect(parsePackageUrl(text)).toEqual(parsed);
});
