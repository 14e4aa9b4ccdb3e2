import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { paeOf } from '../../src/evidence/dsse.ts';
import { readPublicKey, signWithPrivateKey, verifyWithPublicKey } from '../../src/platform/public-keys.ts';
import { inPem } from '../e2e/statements.ts';

const ed25519 = inPem(generateKeyPairSync('ed25519'));
const p256 = inPem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
const rsa = inPem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const p384 = inPem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }));
const message = new TextEncoder().encode('DSSEv1 1 x 1 y');
const refused = (reason: string) =>
  expect.objectContaining({ code: 'SIGNATURE_REFUSED', message: expect.stringContaining(reason) });

test.each([
  ['Ed25519', ed25519],
  ['ECDSA over P-256', p256],
])('%s: what one key signs its other half knows, and no other', (_name, { publicKey, privateKey }) => {
  const signature = signWithPrivateKey(message, privateKey);
  expect(verifyWithPublicKey({ message, signature, pem: publicKey })).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  const wrong = [
    { message: message.subarray(1), signature, pem: publicKey },
    { message, signature: signature.subarray(1), pem: publicKey },
    { message, signature: new Uint8Array(64), pem: publicKey },
    { message, signature: new Uint8Array(), pem: publicKey },
    { message, signature, pem: inPem(generateKeyPairSync('ed25519')).publicKey },
  ];
  for (const one of wrong) expect(() => verifyWithPublicKey(one)).toThrow(refused('not of this key'));
});

test('the example of the DSSE specification, whose signature is two bare numbers', () => {
  const x = 46950820868899156662930047687818585632848591499744589407958293238635476079160n;
  const y = 5640078356564379163099075877009565129882514886557779369047442380624545832820n;
  const [jwkX, jwkY] = [x, y].map((value) =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url'),
  );
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: jwkX, y: jwkY } });
  const payload = new TextEncoder().encode('hello world');
  const signature = Buffer.from(
    'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==',
    'base64',
  );
  const pemText = key.export({ type: 'spki', format: 'pem' }).toString();
  const example = paeOf({ payloadType: 'http://example.com/HelloWorld', payload });
  expect(verifyWithPublicKey({ message: example, signature, pem: pemText })).toMatch(/^SHA256:/);
});

describe('refuses', () => {
  test.each([
    ['a private key', ed25519.privateKey, 'no public key in PEM'],
    ['both halves', `${ed25519.publicKey}${ed25519.privateKey}`, 'no public key in PEM'],
    ['nothing', '', 'no public key in PEM'],
    ['garbage', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'it is no key'],
    ['RSA', rsa.publicKey, 'a key of the type rsa'],
    ['another curve', p384.publicKey, 'a key of the type ec secp384r1'],
  ])('%s', (_what, text, reason) => {
    expect(() => readPublicKey(text)).toThrow(refused(reason));
  });

  test('to sign with what it would not accept', () => {
    expect(() => signWithPrivateKey(message, rsa.privateKey)).toThrow(refused('a key of the type rsa'));
    const locked = generateKeyPairSync('ed25519').privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    });
    expect(() => signWithPrivateKey(message, locked.toString())).toThrow(refused('has a passphrase'));
  });
});
