import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runbooks } from '../../src/config/runbooks.ts';
import { parameterVariables, readParameters } from '../../src/deployments/runbook-parameters.ts';

const { resize } = runbooks.parse({
  resize: {
    description: 'Resizes the cache.',
    environment: 'staging',
    apply: './apply.sh',
    parameters: {
      maxMegabytes: { type: 'integer', minimum: 64, maximum: 4096, default: 64 },
      zone: { type: 'choice', of: ['north', 'south'] },
      host: { type: 'text', pattern: '[a-z]+|-' },
      now: { type: 'boolean', default: false },
    },
  },
});
const read = (given: Record<string, unknown>) => readParameters(resize as never, given);
const good = { zone: 'north', host: 'web' };

test('values are read, defaults are taken, and commands get them as variables', () => {
  const values = read({ ...good, maxMegabytes: 128 });
  expect(values).toEqual({ maxMegabytes: 128, zone: 'north', host: 'web', now: false });
  expect(parameterVariables(values)).toEqual({
    PARAM_MAX_MEGABYTES: '128',
    PARAM_ZONE: 'north',
    PARAM_HOST: 'web',
    PARAM_NOW: 'false',
  });
});

test.each([
  ['one that nobody knows', { ...good, zones: 'x' }, /no parameter "zones"/],
  ['one from the prototype', JSON.parse('{"zone":"north","host":"web","__proto__":1}'), /no parameter/],
  ['a missing one', { host: 'web' }, /"zone" is missing/],
  ['a number that is too large', { ...good, maxMegabytes: 5000 }, /cannot be 5000/],
  ['a number as a text', { ...good, maxMegabytes: '128' }, /cannot be "128"/],
  ['another word', { ...good, zone: 'east' }, /cannot be "east"/],
  ['a text that matches in part', { ...good, host: 'web; rm -rf /' }, /cannot be/],
  ['an alternative that matches in part', { ...good, host: '-x' }, /cannot be/],
  ['a second line', { ...good, host: 'web\nx' }, /cannot be/],
])('%s is refused, with what is allowed', (_, given, message) => {
  expect(() => read(given)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENTS', message: expect.stringMatching(message) }),
  );
});

test('property: whatever is given, only values of the configuration come out', () => {
  const given = fc.dictionary(fc.constantFrom('zone', 'host', 'now', 'maxMegabytes', 'other'), fc.anything());
  fc.assert(
    fc.property(given, (values) => {
      try {
        const out = read(values);
        expect(Object.keys(out)).toEqual(['maxMegabytes', 'zone', 'host', 'now']);
        expect(['north', 'south']).toContain(out.zone);
        expect(out.host).toMatch(/^([a-z]+|-)$/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_ARGUMENTS' });
      }
    }),
  );
});
