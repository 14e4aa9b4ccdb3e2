import * as z from 'zod';

/** Who is told what happened, as written in `devops.yaml`. */

const notificationEvents = [
  'deployed',
  'failed',
  'rolledBack',
  'gateFailed',
  'approvalNeeded',
  'humanNeeded',
] as const;

const events = z.array(z.enum(notificationEvents)).min(1).describe('Events that are sent.');

export const notification = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('webhook'),
      url: z
        .string()
        .regex(/^(\$[A-Za-z_][A-Za-z0-9_]*|https?:\/\/.+)$/, {
          error: 'must be a URL, or $NAME of the environment variable that holds it',
        })
        .describe('URL, or $NAME of the environment variable that holds it.'),
      on: events,
    })
    .describe('The event is posted as JSON.'),
  z
    .strictObject({
      kind: z.literal('command'),
      run: z.string().min(1).meta({ title: 'command' }).describe('Gets the event as JSON on standard input.'),
      on: events,
    })
    .describe('The event is handed to a command.'),
]);

export type NotificationEvent = (typeof notificationEvents)[number];
