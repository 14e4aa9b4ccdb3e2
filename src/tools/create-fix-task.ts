import * as z from 'zod';
import { deploymentById } from '../deployments/records.ts';
import { DevopsError } from '../errors.ts';
import { findGate, tasksOfGate } from '../gates/gate-records.ts';
import type { GateResult } from '../gates/types.ts';
import { agents } from '../operations/agents.ts';
import { createFixTask as create } from '../operations/fix-tasks.ts';
import type { Project } from '../project.ts';
import type { Task } from '../tasks/types.ts';
import { isFinished } from '../tasks/words.ts';
import { defineTool } from './define.ts';
import { briefTask, taskShape } from './task-shape.ts';
import { oneLine } from './text.ts';

const cause = z.strictObject({
  deploymentId: z.string().optional(),
  gateId: z.string().optional(),
  incidentId: z.string().optional(),
  check: z.string().optional(),
});

export const createFixTask = defineTool({
  name: 'createFixTask',
  title: 'Create a fix task',
  effect: 'record',
  description:
    'Adds a task for whoever fixes a failure (default Task-Coder; Tester for a missing or broken test). The same cause returns the open task.',
  input: z.strictObject({
    title: z.string().min(1),
    description: z.string().min(1),
    cause,
    agent: z.string().optional(),
    priority: z.string().optional(),
  }),
  output: z.object({ task: taskShape, created: z.boolean() }),
  async run({ title, description, cause, agent, priority }, context) {
    const project = await context.project();
    const known = await resolveCause(project, cause);
    // The gate itself files a task for each failure of a check; whoever means the check means those.
    const filed = await openTaskOfGate(project, cause);
    if (filed) return { task: briefTask(filed), created: false };
    const { task, created } = await create(project, context.caller, {
      title,
      description,
      cause: known.cause,
      agent: agent ?? known.agent,
      priority: priority ?? known.priority,
    });
    return { task: briefTask(task), created };
  },
  render: ({ task, created }) =>
    `${created ? 'created' : 'open already:'} ${task.id} for ${task.agent ?? '?'} (${task.priority ?? '?'}): ${oneLine(task.title)}`,
});

async function openTaskOfGate(
  project: Project,
  { gateId, check }: z.output<typeof cause>,
): Promise<Task | undefined> {
  if (gateId === undefined || check === undefined) return undefined;
  const ids = await tasksOfGate(project, gateId, check);
  if (ids.length === 0) return undefined;
  const { tasks } = await project.tasks.filter({ ids });
  return tasks.find(({ status }) => !isFinished(status));
}

interface KnownCause {
  cause: Record<string, string>;
  agent: string;
  priority: string;
}

/** The cause in the words the server's own fix tasks use, so that both find each other's. */
async function resolveCause(
  project: Project,
  { deploymentId, gateId, incidentId, check }: z.output<typeof cause>,
): Promise<KnownCause> {
  const extra: Record<string, string> = check === undefined ? {} : { check };
  if (deploymentId !== undefined) {
    const { id, environment } = await deploymentById(project, deploymentId);
    const priority = environment.startsWith('prod') ? 'critical' : 'high';
    return { cause: { deployment: id, ...extra }, agent: agents.coder, priority };
  }
  if (gateId !== undefined) {
    const gate = await findGate(project, gateId);
    if (!gate) {
      throw new DevopsError('INVALID_ARGUMENTS', `cause.gateId: no gate ${gateId} is on record`, {
        remedy: 'Use the gateId that evaluateGate returned.',
      });
    }
    return { cause: { gate: gate.environment, ...extra }, agent: mender(gate, check), priority: 'high' };
  }
  if (incidentId !== undefined)
    return { cause: { incident: incidentId, ...extra }, agent: agents.coder, priority: 'critical' };
  throw new DevopsError('INVALID_ARGUMENTS', 'cause: names neither deploymentId, gateId nor incidentId', {
    remedy: 'Say what the fix is for with one of the three.',
  });
}

/** Without usable evidence it is the test that is missing or broken, not the code. */
function mender({ requirements }: GateResult, check: string | undefined): string {
  if (check === 'review') return agents.reviewer;
  const proof = requirements.find(({ name }) => name === check);
  return proof?.verdict === 'inconclusive' ? agents.tester : agents.coder;
}
