import { expect, test } from 'vitest';
import { parseEnvelope } from '../../src/evidence/dsse.ts';
import { parseStatement, statementMediaType } from '../../src/evidence/in-toto.ts';
import { readVex } from '../../src/gates/vex/read.ts';

/** A document that says two things under one key says one to its signer and may say the other to the gate. */

test('an envelope, a statement and a VEX file that do are refused', () => {
  expect(() => parseEnvelope('{"payloadType":"a","payloadType":"b","payload":"","signatures":[]}')).toThrow(
    'twice',
  );
  const payload = new TextEncoder().encode('{"predicateType":"a","predicateType":"b"}');
  expect(() => parseStatement({ payloadType: statementMediaType, payload })).toThrow('twice');
  const vex = readVex(
    '{"@context":"https://openvex.dev/ns/v0.2.0","statements":[],"statements":[1]}',
    'vex.json',
  );
  expect(vex).toMatchObject({ statements: [], problems: [expect.stringContaining('twice')] });
});
