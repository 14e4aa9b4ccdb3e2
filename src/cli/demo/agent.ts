import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { packageVersion, selfCommand } from '../../platform/self.ts';
import { expect } from './narrator.ts';

/** The agent of the demo: a real MCP client that talks to a real server process over stdio. */
export interface Agent {
  call<T>(tool: string, args?: Record<string, unknown>): Promise<T>;
  close(): Promise<void>;
}

/** Longer than any wait the demo asks for. */
const callTimeoutMs = 90_000;

export async function connectAgent(projectDir: string, environment: Record<string, string>): Promise<Agent> {
  const client = new Client(
    { name: 'demo-agent', version: packageVersion },
    { versionNegotiation: { mode: 'auto' } },
  );
  const [program, script] = selfCommand;
  await client.connect(
    new StdioClientTransport({
      command: program,
      args: [script, 'stdio', '--project', projectDir],
      env: environment,
      cwd: projectDir,
      stderr: 'inherit',
    }),
  );
  return {
    async call<T>(name: string, args: Record<string, unknown> = {}) {
      const result = await client.callTool({ name, arguments: args }, { timeout: callTimeoutMs });
      expect(
        !result.isError,
        `${name} answered ${JSON.stringify(result.structuredContent ?? result.content)}`,
      );
      return result.structuredContent as T;
    },
    close: () => client.close(),
  };
}
