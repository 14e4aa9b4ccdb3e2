import * as z from 'zod';
import { concerns } from './notify.ts';
import { validity } from './values.ts';

/** Who is told when nobody answers, as written in `devops.yaml`. Pure. */

const escalatedEvents = ['approvalNeeded', 'humanNeeded', 'gateFailed'] as const;

const link = z.strictObject({
  after: validity.describe(
    'How long an answer has been waited for when this link is told; longer than that of the link before.',
  ),
  agent: z
    .string()
    .min(1)
    .optional()
    .describe('Agent that gets a task on the board, for example `DevOps-Engineer` or `Product-Manager`.'),
  channels: z.array(z.string()).min(1).optional().describe('Names of channels of `notify` that are told.'),
  on: z
    .array(z.enum(escalatedEvents))
    .min(1)
    .default([...escalatedEvents])
    .describe(
      'What escalates: an approval or another request that nobody answered, an environment whose gate failed and has not passed since.',
    ),
  environments: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Only what happens there escalates, and what belongs to no environment.'),
});

export const escalation = z
  .array(link)
  .default([])
  .describe('Who is told one after the other while nobody answers. Each link is told once.');

export type EscalationLink = z.output<typeof link>;
export type EscalatedEvent = (typeof escalatedEvents)[number];

export function isEscalated(event: string): event is EscalatedEvent {
  return escalatedEvents.some((one) => one === event);
}

/** The links that an event goes through, in their order. */
export function linksFor(
  links: readonly EscalationLink[],
  event: EscalatedEvent,
  environment?: string,
): EscalationLink[] {
  return links.filter((one) => one.on.includes(event) && concerns(one.environments, environment));
}
