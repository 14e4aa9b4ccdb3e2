import * as z from 'zod';
import { variable } from './secret-variables.ts';
import { plainName } from './values.ts';

/** Who is told what happened, as written in `devops.yaml`. Pure. */

export const notificationEvents = [
  'deployed',
  'failed',
  'rolledBack',
  'gateFailed',
  'approvalNeeded',
  'humanNeeded',
] as const;

export type NotificationEvent = (typeof notificationEvents)[number];

const addressed = {
  name: plainName.optional().describe('What `escalation` calls it.'),
  on: z
    .array(z.enum(notificationEvents))
    .default([])
    .describe('Events that are sent. Without any it is told only what escalates to it.'),
  environments: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Only what happens there is sent, and what belongs to no environment.'),
};

const secret = z.string().regex(variable, {
  error: 'must be $NAME of the environment variable that holds it: a secret does not belong into this file',
});

const webhook = z
  .strictObject({
    kind: z.literal('webhook'),
    ...addressed,
    url: z
      .string()
      .regex(/^(\$[A-Za-z_][A-Za-z0-9_]*|https?:\/\/.+)$/, {
        error: 'must be a URL, or $NAME of the environment variable that holds it',
      })
      .describe('URL, or $NAME of the environment variable that holds it. For Slack and Teams always $NAME.'),
    format: z
      .enum(['generic', 'slack', 'teams'])
      .default('generic')
      .describe(
        '`generic`: the event as JSON. `slack`: for an incoming webhook. `teams`: an Adaptive Card for a webhook of Workflows.',
      ),
  })
  .describe('The event is posted. The header `Idempotency-Key` is the same whenever it is sent again.');

const mailbox = /^(?:([^\p{Cc}<>"]*[^\p{Cc}<>"\s])\s*<([^<>]+)>|([^<>]+))$/u;
const address = /^[^\s\p{Cc}\p{Zl}\p{Zp}<>()[\]\\,;:"@]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u;

export interface Mailbox {
  name?: string;
  address: string;
}

/** @returns undefined for a text that is no `ops@example.com` or `Name <ops@example.com>` on one line */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, name, named, plain] = mailbox.exec(text.trim()) ?? [];
  const found = named ?? plain;
  if (found === undefined || !address.test(found)) return undefined;
  return name === undefined ? { address: found } : { name, address: found };
}

const recipient = z.string().refine((text) => parseMailbox(text) !== undefined, {
  error: 'must be an address such as ops@example.com or "Operations <ops@example.com>"',
});

const smtp = z
  .strictObject({
    kind: z.literal('smtp'),
    ...addressed,
    url: z
      .string()
      .regex(/^(\$[A-Za-z_][A-Za-z0-9_]*|smtps?:\/\/[^\s/@?#]+\/?)$/, {
        error:
          'must be smtp://HOST:PORT or smtps://HOST:PORT, or $NAME of the environment variable that holds it with user and password',
      })
      .optional()
      .describe(
        'The mail server as a URL, smtp://HOST:PORT or smtps:// for TLS from the first byte. With user and password it stands in the environment variable $NAME, and only without them here. Or else `host`.',
      ),
    host: z.string().min(1).optional().describe('The mail server, where there is no `url`.'),
    port: z.int().min(1).max(65_535).optional().describe('Its port; 465 where `secure`, else 587.'),
    secure: z
      .boolean()
      .optional()
      .describe('TLS from the first byte. Else STARTTLS, without which no password leaves this machine.'),
    user: z.string().min(1).optional().describe('User name, or $NAME of the variable that holds it.'),
    password: secret.optional().describe('$NAME of the environment variable that holds it.'),
    from: recipient.describe('Sender, for example `Deployments <deploy@example.com>`.'),
    to: z.array(recipient).min(1).max(50).describe('Recipients. Each gets a mail of their own.'),
  })
  .describe('The event is mailed. `Message-ID` is the same whenever it is sent again.');

const commandChannel = z
  .strictObject({
    kind: z.literal('command'),
    ...addressed,
    run: z.string().min(1).meta({ title: 'command' }).describe('Gets the event as JSON on standard input.'),
  })
  .describe('The event is handed to a command. `id` is the same whenever it is sent again.');

export const notification = z.discriminatedUnion('kind', [webhook, smtp, commandChannel]);

export type NotificationChannel = z.output<typeof notification>;
export type WebhookChannel = z.output<typeof webhook>;
export type SmtpChannel = z.output<typeof smtp>;
export type CommandChannel = z.output<typeof commandChannel>;

/** Whether something of an environment, or of none, concerns whoever names these; who names none hears all. */
export function concerns(environments: readonly string[] | undefined, environment?: string): boolean {
  return environments === undefined || environment === undefined || environments.includes(environment);
}

/** Whether a channel is told an event. */
export function hears(
  { on, environments }: Pick<NotificationChannel, 'on' | 'environments'>,
  event: NotificationEvent,
  environment?: string,
): boolean {
  return on.includes(event) && concerns(environments, environment);
}
