import type * as classic from 'zod';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import type { Caller, Project, RecordedBoard } from '../project.ts';
import type { TaskBoard } from '../tasks/types.ts';

// The board's tools use the small form of zod, so that a command line that asks for one of them starts in less time.
// That form says nothing in words unless it is told how.
z.config(en());

/** The shape of what a tool takes or gives. */
export type ObjectSchema = classic.ZodObject | z.ZodMiniObject;

/**
 * What a tool may do to the world; annotations, read-only mode, audit and authorisation all follow from it.
 * `read` changes nothing, `record` writes our own records and the task board, `change` acts on environments.
 */
export type Effect = 'read' | 'record' | 'change';

/** What a tool is handed with each call. It knows nothing of protocols, files or processes. */
export interface ToolContext {
  readonly caller: Caller;
  /** Aborted when the client gives the call up. Detached work goes on all the same. */
  readonly signal: AbortSignal;
  /** Tells a waiting client what is going on; decoration, never needed for correctness. */
  progress(message: string): void;
  /** The project with its policy and records. @throws CONFIG_INVALID */
  project(): Promise<Project>;
  /** The task board and our records, without what deployments need. @throws CONFIG_INVALID */
  board(): Promise<RecordedBoard>;
  /** The task board alone, without touching our records. @throws CONFIG_INVALID, TASKS_MISSING */
  tasks(): Promise<TaskBoard>;
}

export interface Tool<Input extends ObjectSchema = ObjectSchema, Output extends ObjectSchema = ObjectSchema> {
  name: string;
  title: string;
  effect: Effect;
  /** What goes on behind its answer, under the `deploymentId` of its result. */
  starts?: 'deployment';
  description: string;
  input: Input;
  output: Output;
  run(input: z.output<Input>, context: ToolContext): Promise<z.input<Output>>;
  /** The same facts as the structured result, in as few words as a model needs. */
  render(result: z.output<Output>): string;
}

/** Checks a tool's types where it is written, and hands it on as one of many. */
export function defineTool<Input extends ObjectSchema, Output extends ObjectSchema>(
  tool: Tool<Input, Output>,
): Tool {
  return tool as unknown as Tool;
}
