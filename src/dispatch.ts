import type { z } from 'zod';
import type { App } from './app.ts';
import type { ClientAnswer, ClientQuestion } from './approvals/ask-at-client.ts';
import { record } from './audit/trail.ts';
import { asDevopsError, DevopsError, errorClasses } from './errors.ts';
import { redactAll } from './operations/redaction/index.ts';
import type { Caller } from './project.ts';
import type { Tool, ToolContext } from './tools/define.ts';

/** One way to call a tool, whoever knocks: protocol and command line both come through here. */

export interface ToolCall {
  name: string;
  arguments: unknown;
  caller: Caller;
  signal: AbortSignal;
  progress?: (message: string) => void;
  readOnly?: boolean;
  /** For a call that goes on after the person at the client was asked about a deployment. */
  resumed?: { deploymentId: string; requestId: string; answer: ClientAnswer | undefined };
}

export type ToolAnswer =
  | { ok: true; structured: Record<string, unknown>; text: string }
  | { ok: false; error: DevopsError };

/** Validates, runs and renders. Never throws: what goes wrong is part of the answer. */
export async function callTool(app: App, tool: Tool, call: ToolCall): Promise<ToolAnswer> {
  const { redact } = app;
  try {
    if (call.readOnly && tool.effect !== 'read') {
      throw new DevopsError('READ_ONLY', `${tool.name} is not available: this server runs read-only`, {
        remedy: 'Ask the person who runs the server to start it without --read-only.',
      });
    }
    const input = parseInput(tool, call.arguments ?? {});
    const context: ToolContext = {
      caller: call.caller,
      signal: call.signal,
      progress: (message) => call.progress?.(redact(message)),
      project: () => app.project(),
      board: () => app.board(),
      tasks: () => app.tasks(),
    };
    const answered = call.resumed ? resume(tool, input, context, call.resumed) : tool.run(input, context);
    const result = redactAll(await answered, redact) as Record<string, unknown>;
    return { ok: true, structured: result, text: tool.render(result) };
  } catch (thrown) {
    const error = asDevopsError(thrown);
    if (tool.effect !== 'read') await recordRefusal(app, tool, call, error);
    return {
      ok: false,
      error: new DevopsError(error.code, redact(error.message), {
        remedy: redact(error.remedy),
        cause: thrown,
      }),
    };
  }
}

/** Records what the person said, and goes on about the deployment that the call has begun already. */
async function resume(
  tool: Tool,
  input: Record<string, unknown>,
  context: ToolContext,
  { answer, ...asked }: NonNullable<ToolCall['resumed']>,
): Promise<unknown> {
  if (answer) {
    const { answerFromClient } = await import('./approvals/ask-at-client.ts');
    await answerFromClient(await context.project(), asked, answer, context.caller);
  }
  if (tool.starts === undefined) return tool.run(input, context);
  const { followRequest } = await import('./tools/deployment-shape.ts');
  return followRequest(await context.project(), asked.deploymentId, Number(input.waitSeconds ?? 0), context);
}

/** What an answer leaves to be asked of the person at the client; only calls that may wait for that ask it. */
export async function questionLeftBy(
  app: App,
  tool: Tool,
  { structured }: Extract<ToolAnswer, { ok: true }>,
): Promise<ClientQuestion | undefined> {
  if (tool.starts === undefined && tool.effect !== 'read') return undefined;
  const { state, deploymentId, deployment } = structured as {
    state?: string;
    deploymentId?: string;
    deployment?: { id: string; state: string };
  };
  const id = deployment?.id ?? deploymentId;
  if (id === undefined || (deployment?.state ?? state) !== 'waitingForApproval') return undefined;
  const { questionForClient } = await import('./approvals/ask-at-client.ts');
  return questionForClient(await app.project(), id);
}

function parseInput(tool: Tool, given: unknown): Record<string, unknown> {
  const parsed = tool.input.safeParse(given);
  if (parsed.success) return parsed.data;
  const known = Object.keys(tool.input.shape);
  throw new DevopsError('INVALID_ARGUMENTS', parsed.error.issues.map(describeIssue).join('; '), {
    remedy: `Call ${tool.name} with ${known.join(', ')} as its input schema says.`,
  });
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

/** A change that was turned away is part of the story. Where there is no project there is no story. */
async function recordRefusal(app: App, tool: Tool, { caller }: ToolCall, error: DevopsError): Promise<void> {
  if (errorClasses[error.code] === 'call') return; // a slip of the caller changed nothing and says nothing
  try {
    const project = await app.project();
    if (project.configFile === undefined) return;
    await project.state.change((writer) =>
      record(writer, {
        caller,
        action: `call.${tool.name}`,
        subject: tool.name,
        decision: error.code,
        detail: { message: error.message },
      }),
    );
  } catch {
    // the first error is what the caller must hear
  }
}
