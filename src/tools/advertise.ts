import * as z from 'zod';
import type { Effect, ObjectSchema, Tool } from './define.ts';

/** How a tool is described to clients. Pure. */

type JsonObject = Record<string, unknown>;

/** The part of MCP's tool description that we fill. */
export interface Advertisement {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObject & { type: 'object' };
  outputSchema: JsonObject & { type: 'object' };
  annotations: Record<string, boolean | string>;
}

/** Everything a client may think of a tool follows from what it may do. */
const annotationsOf: Record<Effect, Record<string, boolean>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  record: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  change: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
};

const errorSchema = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    remedy: { type: 'string' },
    retryable: { type: 'boolean' },
  },
  required: ['code', 'message', 'remedy', 'retryable'],
};

export function advertise({ name, title, description, effect, input, output }: Tool): Advertisement {
  const inputSchema = jsonSchema(input);
  const { required, properties, ...rest } = jsonSchema(output);
  return {
    name,
    title,
    description,
    inputSchema,
    // Clients of the older generation hold error results against this schema too, so it allows both.
    outputSchema: {
      ...rest,
      properties: { ...(properties as JsonObject), error: errorSchema },
      anyOf: [{ required: required ?? [] }, { required: ['error'] }],
    },
    annotations: { title, ...annotationsOf[effect] },
  };
}

function jsonSchema(schema: ObjectSchema): JsonObject & { type: 'object' } {
  const { $schema, ...json } = z.toJSONSchema(schema, { io: 'input' }) as JsonObject;
  return { ...json, type: 'object' };
}
