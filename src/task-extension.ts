import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { App } from './app.ts';
import { isFinal } from './deployments/states.ts';
import { type DeploymentView, viewDeployment } from './deployments/view.ts';
import { callTool, type ToolAnswer, type ToolCall } from './dispatch.ts';
import { DevopsError } from './errors.ts';
import { cancelDeployment } from './tools/cancel-deployment.ts';
import type { Tool } from './tools/define.ts';
import { deploymentRequest } from './tools/deployment-shape.ts';

/**
 * MCP Tasks, the extension of revision 2026-07-28: a deployment that goes on behind its answer is a task for clients
 * that know tasks. The task is the deployment: its id, its record, its end. Nothing is kept for it, so that it outlives
 * client and server as the deployment does.
 * Source: modelcontextprotocol/ext-tasks, specification/2026-07-28/tasks.md.
 */

const extension = 'io.modelcontextprotocol/tasks';

/** What the server says of itself. */
export const taskCapability = { [extension]: {} };

const pollIntervalMs = 1_000;

interface Task {
  taskId: string;
  status: 'working' | 'completed' | 'cancelled';
  statusMessage: string;
  createdAt: string;
  lastUpdatedAt: string;
  /** A deployment stays on record. */
  ttlMs: null;
  pollIntervalMs: number;
}

/** How a tool's answer is written for the protocol. */
export type WriteAnswer = (answer: ToolAnswer) => Record<string, unknown>;

/** The task that a call becomes: where it started a deployment that is not over, and its client knows tasks. */
export async function taskOf(
  app: App,
  { starts }: Pick<Tool, 'starts'>,
  answer: ToolAnswer,
  context: ServerContext,
): Promise<Task | undefined> {
  const id = starts === 'deployment' && answer.ok ? answer.structured.deploymentId : undefined;
  if (typeof id !== 'string' || !knowsTasks(context)) return undefined;
  const task = describe(await viewDeployment(await app.project(), id));
  return task.status === 'working' ? task : undefined;
}

/** Serves `tasks/get`, `tasks/update` and `tasks/cancel`. */
export function serveTasks(
  server: Server,
  app: App,
  settings: { write: WriteAnswer; callOf(context: ServerContext): Omit<ToolCall, 'name' | 'arguments'> },
): void {
  const params = z.looseObject({ taskId: z.string() });

  server.setRequestHandler('tasks/get', { params }, async ({ taskId }, context) => {
    const task = describe(await find(app, taskId, context));
    if (task.status !== 'completed') return { ...task };
    const call = { ...settings.callOf(context), name: deploymentRequest.name };
    const answer = await callTool(app, deploymentRequest, { ...call, arguments: { deploymentId: taskId } });
    return { ...task, result: settings.write(answer) };
  });

  // We ask nothing in the middle of a deployment: whatever is answered was never asked, and is left aside.
  server.setRequestHandler('tasks/update', { params }, async ({ taskId }, context) => {
    await find(app, taskId, context);
    return {};
  });

  // A wish: one that comes too late, or to a server that may only read, changes nothing, and the task says so.
  server.setRequestHandler('tasks/cancel', { params }, async ({ taskId }, context) => {
    await find(app, taskId, context);
    const reason = 'cancelled by the client that asked for it';
    const call = { ...settings.callOf(context), name: cancelDeployment.name };
    await callTool(app, cancelDeployment, { ...call, arguments: { deploymentId: taskId, reason } });
    return {};
  });
}

function describe({ id, state, steps, requestedAt, finishedAt, approval }: DeploymentView): Task {
  const step = steps.at(-1);
  const asks =
    state === 'waitingForApproval' && approval
      ? `: a person runs "devops-engineer approve ${approval.requestId}"`
      : '';
  const current = step === undefined || isFinal(state) || asks !== '' ? '' : `, in step ${step.name}`;
  return {
    taskId: id,
    status: state === 'cancelled' ? 'cancelled' : isFinal(state) ? 'completed' : 'working',
    statusMessage: `${state}${asks}${current}`,
    createdAt: requestedAt,
    lastUpdatedAt: finishedAt ?? step?.startedAt ?? requestedAt,
    ttlMs: null,
    pollIntervalMs,
  };
}

/** @throws ProtocolError for a client that does not know tasks, and for a task that does not exist */
async function find(app: App, taskId: string, context: ServerContext): Promise<DeploymentView> {
  if (!knowsTasks(context)) {
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: taskCapability } });
  }
  try {
    return await viewDeployment(await app.project(), taskId);
  } catch (error) {
    if (!(error instanceof DevopsError)) throw error;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, app.redact(`${error.code}: ${error.message}`));
  }
}

/** Said with each request, never remembered. Connections of the older generation have no such envelope. */
function knowsTasks({ mcpReq }: ServerContext): boolean {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  const { extensions } = (envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as ClientCapabilities;
  return extensions !== undefined && Object.hasOwn(extensions, extension);
}
