import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { configSchema } from '../../../src/config/schema.ts';
import { webhook } from '../../../src/operations/notifications/channels/webhook.ts';
import { slackMessage } from '../../../src/operations/notifications/formats/slack.ts';
import { teamsMessage } from '../../../src/operations/notifications/formats/teams.ts';
import type { Notice } from '../../../src/operations/notifications/notice.ts';
import { openReceiver, type Receiver } from './receiver.ts';

const notice: Notice = {
  id: 'msg-1',
  event: 'gateFailed',
  project: 'shop',
  environment: 'production',
  subject: 'gate-7',
  text: 'The production gate failed.',
  at: '2026-11-26T10:00:00.000Z',
};
const channelOf = (written: object) =>
  configSchema.shape.notify.parse([{ kind: 'webhook', ...written }])[0] as never;

/** Block Kit, as docs.slack.dev has it: https://docs.slack.dev/reference/block-kit/blocks */
const slackPlain = (max: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.literal(false),
  });
const slackSchema = z.strictObject({
  text: z.string().min(1).max(40_000),
  mrkdwn: z.literal(false),
  parse: z.literal('none'),
  link_names: z.literal(false),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
  blocks: z.tuple([
    z.strictObject({ type: z.literal('header'), text: slackPlain(150) }),
    z.strictObject({ type: z.literal('section'), text: slackPlain(3_000) }),
    z.strictObject({ type: z.literal('context'), elements: z.array(slackPlain(2_000)).min(1).max(10) }),
  ]),
});

/** RichTextBlock and TextRun of http://adaptivecards.io/schemas/adaptive-card.json, without what we do not use. */
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  isSubtle: z.boolean().optional(),
});
const teamsSchema = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.4'),
        body: z.array(z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(textRun).min(1) })),
      }),
    }),
  ]),
});

const attacks = [
  '<!channel> <!here|all> <!everyone> <@U012AB3CD> <#C012|general> <!subteam^S1>',
  '@channel @here @everyone',
  '<https://evil.example|https://good.example> [good](https://evil.example)',
  '</at><at>Everyone</at> <AT id="0">x</AT>',
  '{{DATE(2026-11-26T10:00:00Z)}} @{triggerBody()} ${secret} "}],"actions":[{"type":"Action.OpenUrl"}]',
  '*bold* _it_ ~x~ `code` ```\nfence\n``` > quote\n# heading\n- list',
  '\u001B[31mred\u001B[0m \u202Egnp.exe \u{E0041} \u0000 \uFEFF',
  '',
  '   \n\t ',
  '😀'.repeat(6_000),
  'x'.repeat(200_000),
  '\uD83D',
];

describe.each([
  ['slack', slackMessage, slackSchema, 40_000],
  ['teams', teamsMessage, teamsSchema, 28 * 1024],
] as const)('%s', (_, write, schema, maxBytes) => {
  test('an ordinary message has the documented shape', () => {
    const message = write(notice);
    schema.parse(message);
    expect(JSON.stringify(message)).toContain('[shop] Gate failed: production');
    expect(JSON.stringify(message)).toContain('The production gate failed.');
  });

  test.each(attacks.map((text, index) => ({ text, index })))(
    'keeps its shape and its size under attack $index',
    ({ text }) => {
      const message = write({ ...notice, text, subject: text, project: text || 'x' });
      schema.parse(message);
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(maxBytes);
    },
  );

  test('any text at all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom(...attacks),
        (one, other) => {
          schema.parse(write({ ...notice, text: one + other, subject: other, environment: one }));
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('Slack: nothing in the one text that is markup mentions anybody or is a link', () => {
  for (const text of attacks) {
    const { text: markup } = slackSchema.parse(slackMessage({ ...notice, text }));
    expect(markup.replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[<>&]|(?<![\w.-])[@#]\w/);
  }
  const mail = slackSchema.parse(slackMessage({ ...notice, text: 'ada@shop.example & <b>' })).text;
  expect(mail).toContain('ada@shop.example &amp; &lt;b&gt;');
});

test('Teams: no tag of a mention, no expression, no entities', () => {
  for (const text of attacks) {
    const message = JSON.stringify(teamsMessage({ ...notice, text }));
    expect(message).not.toMatch(/<\/?at\b|\{\{|\$\{|@\{|"entities"|"TextBlock"/i);
  }
});

describe('sent', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await openReceiver();
  });
  beforeEach(() => {
    receiver.behaves = 200;
    receiver.posts.length = 0;
  });
  afterAll(() => receiver.close());
  const sender = () => ({ projectDir: '/', serverEnvironment: { HOOK: receiver.url } });

  test.each([
    ['generic', notice],
    ['slack', slackMessage(notice)],
    ['teams', teamsMessage(notice)],
  ])('as %s, under the id of the message', async (format, body) => {
    await webhook.send(channelOf({ url: '$HOOK', format }), notice, sender());
    expect(receiver.posts).toEqual([{ key: 'msg-1', body }]);
  });

  test.each([400, 429, 500, 302])(
    'an answer %d is no delivery; redirects are not followed',
    async (status) => {
      receiver.behaves = status;
      await expect(webhook.send(channelOf({ url: '$HOOK' }), notice, sender())).rejects.toThrow();
      expect(receiver.posts).toEqual([]);
    },
  );

  test('an address that is not set is named, not sent to', async () => {
    await expect(webhook.send(channelOf({ url: '$OTHER' }), notice, sender())).rejects.toThrow(
      'the environment variable OTHER is not set',
    );
  });
});
