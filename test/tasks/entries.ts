import fc from 'fast-check';
import { valueText, whitespace } from './documents.ts';

/** Random entries that often say who, what and how urgent, in every way that a program might write it. */

const interestingKeys = [
  'id',
  'task_id',
  'taskId',
  'title',
  'name',
  'type',
  'status',
  'priority',
  'priority_score',
  'agent',
  'assigned_to',
  'owner',
  'role',
  'assigned_agent',
  'payload',
  'cause',
  'dependencies',
  'deps',
  'depends_on',
  'created_at',
  'createdAt',
  'created',
  'statu',
  'statuses',
  'priority_',
  'i',
  'idx',
];

const keyText = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...interestingKeys).map((key) => `"${key}"`) },
  fc.constantFrom('"st\\u0061tus"', '"\\u0069d"', '"id\\u0000"', '"p\\u0061yload"', '"agent\\""'),
);

const timeText = fc
  .oneof(
    fc
      .date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .chain((date) =>
        fc.constantFrom(
          date.toISOString(),
          date.toISOString().slice(0, 10),
          date.toISOString().replace('Z', '+02:30'),
          date.toISOString().replace('Z', '123-11:00'),
          date.toISOString().replace(/\.\d+/, ''),
          date.toISOString().slice(0, 16),
          date.toISOString().replace('T', ' '),
          date.toUTCString(),
        ),
      ),
    fc.constantFrom(
      '2025-02-30',
      '2025-13-01',
      '2024-02-29T23:59:60Z',
      '2025-01-01T24:00:00Z',
      'soon',
      '0001-01-01',
    ),
  )
  .map((time) => JSON.stringify(time));

const wordText = fc.oneof(
  timeText,
  fc.constantFrom(
    '"pending"',
    '"in-progress"',
    '"pend\\u0069ng"',
    '"a\\"b"',
    '""',
    '"ä"',
    '"T-001"',
    '"T-01"',
    '"12"',
    '12',
    '0',
    '-3',
    '1.50',
    '87.25',
    '1e2',
    '"99999999999999999999"',
    '007'.slice(2),
    'null',
    'true',
    '[]',
    '{}',
    '["T-1", {"taskId":"x"}]',
  ),
  fc.integer({ min: 0, max: 200 }).map((length) => `"${'long '.repeat(length)}"`),
  fc.nat().map((id) => `"T-${id}"`),
  fc.nat().map(String),
  valueText,
);

const members = (value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(whitespace, keyText, whitespace, whitespace, value, whitespace), { maxLength: 6 })
    .map((all) => all.map(([a, key, b, c, item, d]) => `${a}${key}${b}:${c}${item}${d}`).join(','));

const payload = members(wordText).map((inner) => `{${inner}}`);

export const entryText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(members(wordText), fc.option(payload, { nil: undefined }), members(wordText))
      .map(([before, inner, after]) =>
        [before, inner === undefined ? '' : `"payload":${inner}`, after]
          .filter((text) => text !== '')
          .join(','),
      )
      .map((inner) => `{${inner}}`),
  },
  valueText,
);
