import * as z from 'zod';
import { askedBefore, collectAnswers } from '../approvals/human-answers.ts';
import { fileHumanRequest } from '../approvals/requests.ts';
import { deploymentById } from '../deployments/records.ts';
import { defineTool } from './define.ts';
import { answerLines, answerShape, shownAnswer } from './human-answers.ts';
import { longestDescription, longestTitle } from './limits.ts';

export const requestHuman = defineTool({
  name: 'requestHuman',
  title: 'Ask a person',
  effect: 'record',
  description:
    'Files a request in human-requests.md; the same words again return its answer. deploy asks for its approvals by itself.',
  input: z.strictObject({
    kind: z.enum(['approval', 'clarification', 'decision', 'incident']),
    title: z.string().min(1).max(longestTitle),
    description: z.string().min(1).max(longestDescription),
    taskId: z.string().optional(),
    deploymentId: z.string().optional(),
    priority: z.string().default('high'),
  }),
  output: z.object({ requestId: z.string(), status: z.string(), answer: answerShape.optional() }),
  async run({ kind, title, description, priority, taskId, deploymentId }, context) {
    const project = await context.project();
    if (taskId !== undefined) await project.tasks.get(taskId);
    if (deploymentId !== undefined) await deploymentById(project, deploymentId);
    const question = { kind, title, description, taskId, deploymentId };
    await collectAnswers(project);
    const asked = await askedBefore(project, question);
    if (asked) {
      const { answer, ...rest } = asked;
      return { ...rest, ...(answer && { answer: shownAnswer(answer) }) };
    }
    return fileHumanRequest(project, context.caller, { ...question, priority });
  },
  render: ({ requestId, status, answer }) =>
    [
      `${requestId}: ${status}.${status === 'pending' ? ' A person answers in human-requests.md.' : ''}`,
      ...answerLines(answer ? [answer] : []),
    ].join('\n'),
});
