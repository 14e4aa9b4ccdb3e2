import { expect, test } from 'vitest';
import { readAlertRules } from '../../../src/gates/monitoring/alert-rules.ts';

const now = new Date('2026-11-10T12:00:00Z');
const rule = (name: string, given: Record<string, unknown> = {}) => ({
  state: 'inactive',
  name,
  query: 'up == 0',
  duration: 30,
  labels: { severity: 'page' },
  annotations: {},
  alerts: [],
  health: 'ok',
  evaluationTime: 0.0003,
  lastEvaluation: '2026-11-10T11:59:45.123456789Z',
  type: 'alerting',
  ...given,
});
const answer = (...rules: unknown[]) =>
  JSON.stringify({
    status: 'success',
    data: { groups: [{ name: 'shop', file: 'rules.yml', interval: 15, rules }] },
  });
const read = (text: string, names?: string[]) => readAlertRules(text, { names, now });

test('one rule that is well is enough, and those that are not are counted', () => {
  expect(read(answer(rule('Down'), rule('Slow', { health: 'err', lastError: 'parse error' })))).toEqual({
    watching: 1,
    ailing: ['Slow'],
  });
});

test.each<[string, string, string[] | undefined, RegExp]>([
  ['no rule', answer(), undefined, /no alerting rule/],
  ['only recording rules', answer(rule('job:up', { type: 'recording' })), undefined, /no alerting rule/],
  [
    'one that fails',
    answer(rule('Down', { health: 'err', lastError: 'boom' })),
    undefined,
    /health err \(boom\)/,
  ],
  [
    'one that was never evaluated',
    answer(rule('Down', { health: 'ok', lastEvaluation: '0001-01-01T00:00:00Z' })),
    undefined,
    /never evaluated/,
  ],
  [
    'one that was last evaluated long ago',
    answer(rule('Down', { lastEvaluation: '2026-11-10T11:40:00Z' })),
    undefined,
    /last evaluated/,
  ],
  [
    'one of tomorrow',
    answer(rule('Down', { lastEvaluation: '2026-11-11T12:00:00Z' })),
    undefined,
    /last evaluated/,
  ],
  ['one without a time', answer(rule('Down', { lastEvaluation: undefined })), undefined, /last evaluated/],
  ['not those that are named', answer(rule('Down')), ['Down', 'Slow'], /no alerting rule Slow/],
  [
    'one of the named ill',
    answer(rule('Down'), rule('Slow', { health: 'unknown' })),
    ['Down', 'Slow'],
    /Slow \(health unknown\)/,
  ],
  [
    'a named one ill in one of two groups',
    answer(rule('Down'), rule('Down', { health: 'err' })),
    ['Down'],
    /Down \(health err\)/,
  ],
])('%s does not watch', (_what, text, names, trouble) => {
  expect(read(text, names)).toEqual({ trouble: expect.stringMatching(trouble) });
});

test('of the named ones all must be well, others do not matter', () => {
  expect(read(answer(rule('Down'), rule('Other', { health: 'err' })), ['Down'])).toEqual({
    watching: 1,
    ailing: [],
  });
});

test.each([
  '',
  '<html>',
  '{"status":"error","errorType":"bad_data"}',
  '{"status":"success","data":{}}',
  'null',
  '[]',
])('%j is no answer', (text) => {
  expect(read(text)).toBeUndefined();
});
