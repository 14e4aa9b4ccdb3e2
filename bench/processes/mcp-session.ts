import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Memory, memoryOf } from './memory.ts';

/** A server process and a real client on its stdio. */

export interface McpSession {
  call(tool: string, args: Record<string, unknown>): Promise<McpAnswer>;
  memory(): Memory | undefined;
  close(): Promise<void>;
}

export interface McpAnswer {
  ms: number;
  /** What a model reads. */
  text: string;
  structured?: Record<string, unknown>;
  /** The whole result as it went through the pipe. */
  bytes: number;
  failure?: string;
}

const timeoutMs = 300_000;

/** @param script the server, started by Node */
export async function openSession(
  script: string,
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<McpSession> {
  const client = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, ...args],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? cwd, ...env },
    cwd,
    stderr: 'ignore',
  });
  await client.connect(transport);
  return {
    async call(name, callArgs) {
      const startedAt = performance.now();
      try {
        const result = await client.callTool({ name, arguments: callArgs }, { timeout: timeoutMs });
        const ms = performance.now() - startedAt;
        const [first] = result.content as { type: string; text?: string }[];
        const text = first?.text ?? '';
        const answer: McpAnswer = { ms, text, bytes: Buffer.byteLength(JSON.stringify(result)) };
        if (result.structuredContent) answer.structured = result.structuredContent as Record<string, unknown>;
        if (result.isError) answer.failure = text.slice(0, 160);
        return answer;
      } catch (error) {
        const failure = error instanceof Error ? error.message : String(error);
        return { ms: performance.now() - startedAt, text: '', bytes: 0, failure: failure.slice(0, 160) };
      }
    },
    memory: () => memoryOf(transport.pid ?? -1),
    close: () => client.close(),
  };
}
