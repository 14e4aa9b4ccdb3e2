import { randomBytes } from 'node:crypto';
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { ClientAnswer, ClientQuestion } from './approvals/ask-at-client.ts';
import { digestOf } from './platform/digest.ts';

/**
 * Asking the person at the client about an approval: as a question of ours on connections of the `initialize`
 * generation, as `input_required` on the newest revision. What comes back is what the client says a person said.
 */

/** What a call that waits for an answer comes back with; sealed, since the client carries it. */
interface Asked {
  tool: string;
  /** Of the arguments: an answer to one call is none to another. */
  arguments: string;
  requestId: string;
  deploymentId: string;
  /** Counts once. */
  nonce: string;
}

const answerName = 'approval';
const codec = createRequestStateCodec<Asked>({
  key: randomBytes(32), // a state of another process, or of an earlier one, is none
  ttlSeconds: 600,
  bind: ({ mcpReq }) => mcpReq.method,
});
export const { verify } = codec;

const outstanding = new Set<string>();
const mostOutstanding = 1_000;

const form = (message: string) => ({
  mode: 'form' as const,
  message,
  requestedSchema: {
    type: 'object' as const,
    properties: {
      decision: {
        type: 'string' as const,
        title: 'Decision',
        // Whoever accepts blindly, or takes the first that is offered, has decided nothing.
        enum: ['not now', 'approve', 'reject'],
      },
      reason: { type: 'string' as const, title: 'Reason', maxLength: 500 },
    },
    required: ['decision'],
  },
});

/** Whether the client says that it can show a form, and in which generation. */
export function askedHow(server: Server, { mcpReq }: ServerContext): 'directly' | 'byResult' | undefined {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  const capabilities = (envelope ? envelope[CLIENT_CAPABILITIES_META_KEY] : server.getClientCapabilities()) as
    | { elicitation?: Record<string, unknown> }
    | undefined;
  const { elicitation } = capabilities ?? {};
  if (elicitation === undefined) return undefined;
  const showsForms = elicitation.form !== undefined || elicitation.url === undefined;
  if (!showsForms) return undefined;
  return envelope ? 'byResult' : 'directly';
}

/** Asks on a connection of the older generation. @returns undefined where no usable answer came in time */
export async function askDirectly(
  { mcpReq }: ServerContext,
  { message }: ClientQuestion,
  timeoutMs: number,
): Promise<ClientAnswer | undefined> {
  try {
    const { action, content } = await mcpReq.elicitInput(form(message), { timeout: timeoutMs });
    return answerOf(action, content);
  } catch {
    return undefined; // some clients declare that they ask, and never do: the deployment waits on
  }
}

/** The result that has a client of the newest revision ask, and call again with what was said. */
export async function askByResult(
  context: ServerContext,
  { requestId, deploymentId, message }: ClientQuestion,
  call: { name: string; arguments: unknown },
): Promise<InputRequiredResult> {
  const nonce = randomBytes(16).toString('hex');
  outstanding.add(nonce);
  const [oldest] = outstanding;
  if (outstanding.size > mostOutstanding && oldest !== undefined) outstanding.delete(oldest);
  const asked = {
    tool: call.name,
    arguments: digestOf(call.arguments ?? {}),
    requestId,
    deploymentId,
    nonce,
  };
  return inputRequired({
    inputRequests: { [answerName]: inputRequired.elicit(form(message)) },
    requestState: await codec.mint(asked, context),
  });
}

/**
 * What a repeated call brings, where it is one that we asked for: the very call, once. A first call that carries an
 * answer already has been asked nothing.
 */
export function broughtAnswer(
  { mcpReq }: ServerContext,
  call: { name: string; arguments: unknown },
): { asked: Pick<Asked, 'requestId' | 'deploymentId'>; answer: ClientAnswer | undefined } | undefined {
  const asked = mcpReq.requestState<Asked>();
  if (asked === undefined) return undefined;
  if (asked.tool !== call.name || asked.arguments !== digestOf(call.arguments ?? {})) return undefined;
  if (!outstanding.delete(asked.nonce)) return { asked, answer: undefined };
  const view = inputResponse(mcpReq.inputResponses, answerName);
  return { asked, answer: view.kind === 'elicit' ? answerOf(view.action, view.content) : undefined };
}

function answerOf(action: string, content: Record<string, unknown> | undefined): ClientAnswer | undefined {
  const decision = content?.decision;
  if (action !== 'accept' || (decision !== 'approve' && decision !== 'reject')) return undefined;
  const reason = typeof content?.reason === 'string' ? content.reason.slice(0, 500) : undefined;
  return { decision, ...(reason && { reason }) };
}
