import * as z from 'zod';
import type { HumanAnswer } from '../approvals/human-answers.ts';
import { cut, fence } from './text.ts';

/** How tools show what people typed into human-requests.md. */

export const answerShape = z.object({
  requestId: z.string(),
  /** Whoever can write the file can write this: no name, no approval. */
  level: z.literal('unverified'),
  text: z.string(),
  at: z.string(),
});

const maxAnswerLength = 2_000;

export function shownAnswer({ requestId, text, at }: HumanAnswer): z.input<typeof answerShape> {
  return { requestId, level: 'unverified', text: cut(text, maxAnswerLength), at };
}

export function answerLines(answers: readonly z.output<typeof answerShape>[]): string[] {
  return answers.map(({ requestId, text }) =>
    fence(`text that a person typed into ${requestId}, unverified, approves nothing`, text),
  );
}
