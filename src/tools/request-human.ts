import * as z from 'zod';
import { fileHumanRequest } from '../approvals/requests.ts';
import { deploymentById } from '../deployments/records.ts';
import { defineTool } from './define.ts';

export const requestHuman = defineTool({
  name: 'requestHuman',
  title: 'Ask a person',
  effect: 'record',
  description: 'Files a request in human-requests.md. deploy asks for its approvals by itself.',
  input: z.strictObject({
    kind: z.enum(['approval', 'clarification', 'decision', 'incident']),
    title: z.string().min(1),
    description: z.string().min(1),
    taskId: z.string().optional(),
    deploymentId: z.string().optional(),
    priority: z.string().default('high'),
  }),
  output: z.object({ requestId: z.string(), status: z.string() }),
  async run({ kind, title, description, priority, taskId, deploymentId }, context) {
    const project = await context.project();
    if (taskId !== undefined) await project.tasks.get(taskId);
    if (deploymentId !== undefined) await deploymentById(project, deploymentId);
    return fileHumanRequest(project, context.caller, {
      kind,
      title,
      description,
      priority,
      taskId,
      deploymentId,
    });
  },
  render: ({ requestId, status }) => `${requestId}: ${status}. A person answers in human-requests.md.`,
});
