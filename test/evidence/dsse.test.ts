import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/evidence/base64.ts';
import { maxSignatures, paeOf, parseEnvelope, writeEnvelope } from '../../src/evidence/dsse.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (given: Uint8Array) => new TextDecoder().decode(given);

describe('what is signed', () => {
  test('is the example of the specification', () => {
    const pae = paeOf({ payloadType: 'http://example.com/HelloWorld', payload: bytes('hello world') });
    expect(text(pae)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test.each([
    ['application/vnd.exämple+json', '', 'DSSEv1 29 application/vnd.exämple+json 0 '],
    ['', 'x', 'DSSEv1 0  1 x'],
  ])('counts bytes, not characters: %s', (payloadType, payload, expected) => {
    expect(text(paeOf({ payloadType, payload: bytes(payload) }))).toBe(expected);
  });

  test('is never the same for two envelopes', () => {
    const envelope = fc.record({ payloadType: fc.string(), payload: fc.uint8Array() });
    fc.assert(
      fc.property(envelope, envelope, (one, other) => {
        const same = one.payloadType === other.payloadType && text(one.payload) === text(other.payload);
        if (!same) expect(encodeBase64(paeOf(one))).not.toBe(encodeBase64(paeOf(other)));
      }),
    );
  });
});

describe('envelopes', () => {
  const envelope = {
    payload: 'aGVsbG8gd29ybGQ=',
    payloadType: 'http://example.com/HelloWorld',
    signatures: [{ keyid: 'hint', sig: '-_8=' }],
  };

  test('are read bare and in a Sigstore bundle, in either alphabet', () => {
    const expected = {
      payloadType: 'http://example.com/HelloWorld',
      payload: bytes('hello world'),
      signatures: [Uint8Array.of(0xfb, 0xff)],
    };
    expect(parseEnvelope(JSON.stringify(envelope))).toEqual(expected);
    const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: envelope };
    expect(parseEnvelope(JSON.stringify(bundle))).toEqual(expected);
  });

  test('come back as they were written', () => {
    const part = fc.uint8Array({ maxLength: 200 });
    const any = fc.record({
      payloadType: fc.string({ minLength: 1 }),
      payload: part,
      signatures: fc.array(part, { minLength: 1, maxLength: maxSignatures }),
    });
    fc.assert(
      fc.property(any, (one) => {
        expect(parseEnvelope(writeEnvelope(one))).toEqual(one);
      }),
    );
  });

  test.each([
    ['', 'not JSON'],
    ['null', 'no DSSE envelope'],
    ['[]', 'no DSSE envelope'],
    [JSON.stringify({ ...envelope, signatures: [] }), 'not signed'],
    [JSON.stringify({ ...envelope, signatures: undefined }), 'signatures'],
    [JSON.stringify({ ...envelope, signatures: Array(6).fill({ sig: '' }) }), 'more than 5 signatures'],
    [JSON.stringify({ ...envelope, payload: 'a' }), 'not base64'],
    [JSON.stringify({ ...envelope, payload: 'aGVs\nbG8h\n\n\n' }), 'wrong character at 5'],
    [JSON.stringify({ ...envelope, payload: { toString: 'x' } }), 'payload'],
    [JSON.stringify({ ...envelope, payloadType: '' }), 'payloadType'],
  ])('refuses %s', (given, reason) => {
    expect(() => parseEnvelope(given)).toThrow(reason);
  });
});

describe('base64', () => {
  test('is what Node makes of it, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (given) => {
        const encoded = encodeBase64(given);
        expect(encoded).toBe(Buffer.from(given).toString('base64'));
        expect(decodeBase64(encoded)).toEqual(given);
        expect(decodeBase64(Buffer.from(given).toString('base64url'))).toEqual(given);
      }),
    );
  });

  test('of many bytes is quick', () => {
    const many = new Uint8Array(1024 * 1024).map((_, at) => at);
    expect(decodeBase64(encodeBase64(many)).length).toBe(many.length);
  });

  test.each(['a', 'aaaaa', 'a===', 'aa=a', '=', 'aaa=aaa=', 'a a=', 'ää=='])('refuses %s', (given) => {
    expect(() => decodeBase64(given)).toThrow('not base64');
  });
});
