import { spawn } from 'node:child_process';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { tools } from '../../src/tools/index.ts';
import { usePocket } from './pocket.ts';

const on = usePocket();

const cli = new URL('../../dist/cli.js', import.meta.url).pathname;

describe('the newest revision', () => {
  test('is spoken with clients that know it', () => {
    expect(on.agent.client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  });

  test('tools are cheap to know: at most 3,000 tokens of names, descriptions and input schemas', async () => {
    const { tools: listed } = await on.agent.client.listTools();
    expect(listed.map(({ name }) => name).sort()).toEqual(tools.map(({ name }) => name).sort());
    const cost = listed.reduce(
      (sum, { name, description, inputSchema }) =>
        sum + countTokens(JSON.stringify({ name, description, inputSchema })),
      0,
    );
    expect(cost).toBeLessThanOrEqual(3_000);
    for (const { title, annotations, outputSchema } of listed) {
      expect(title).toBeTruthy();
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(Object.keys(annotations ?? {})).toEqual(
        expect.arrayContaining(['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']),
      );
    }
    const destructive = listed
      .filter(({ annotations }) => annotations?.destructiveHint)
      .map(({ name }) => name);
    expect(destructive.sort()).toEqual([
      'cancelDeployment',
      'deploy',
      'rollback',
      'runRunbook',
      'scaleService',
    ]);
  });

  test('an unknown tool is a protocol error, a business failure is a result', async () => {
    await expect(on.agent.client.callTool({ name: 'dropProduction', arguments: {} })).rejects.toThrow(
      /-32602|no tool/,
    );
    expect((await on.agent.call('checkHealth', { environment: 'nowhere' })).isError).toBe(true);
  });

  test('every prompt renders, and a missing argument is named', async () => {
    const { prompts } = await on.agent.client.listPrompts();
    expect(prompts.map(({ name }) => name).sort()).toEqual([
      'deploy-to-production',
      'deploy-to-staging',
      'devops-engineer',
      'respond-to-incident',
      'review-release-readiness',
    ]);
    const { messages } = await on.agent.client.getPrompt({
      name: 'deploy-to-staging',
      arguments: { commit: 'v1.1', taskId: 'T-002' },
    });
    expect(JSON.stringify(messages)).toContain('v1.1');
    await expect(on.agent.client.getPrompt({ name: 'respond-to-incident' })).rejects.toThrow(/environment/);
    await expect(on.agent.client.getPrompt({ name: 'nothing' })).rejects.toThrow(/no prompt/);
  });
});

describe('the initialize generation', () => {
  test('works the same with the client of the first SDK, error results included', async () => {
    const client = new LegacyClient({ name: 'legacy-agent', version: '1.0.0' });
    await client.connect(
      new LegacyTransport({
        command: process.execPath,
        args: [cli, '--project', on.pocket.dir],
        env: on.pocket.environment,
        cwd: on.pocket.dir,
      }),
    );
    const { tools: listed } = await client.listTools();
    expect(listed).toHaveLength(tools.length);
    const work = await client.callTool({ name: 'filterTasks', arguments: {} });
    expect(work.structuredContent).toMatchObject({ total: 2 });
    const error = await client.callTool({ name: 'evaluateGate', arguments: { environment: 'nowhere' } });
    expect(error).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'UNKNOWN_ENVIRONMENT' } },
    });
    const steps: string[] = [];
    const gate = await client.callTool(
      { name: 'evaluateGate', arguments: { environment: 'staging' } },
      undefined,
      {
        onprogress: ({ message }) => steps.push(message ?? ''),
        timeout: 60_000,
      },
    );
    expect(gate.structuredContent).toMatchObject({ verdict: 'pass' });
    expect(steps.join()).toContain('running unit');
    expect((await client.readResource({ uri: 'tasks://T-002' })).contents).toHaveLength(1);
    const changed = new Promise<void>((resolve) =>
      client.setNotificationHandler(ResourceListChangedNotificationSchema, () => resolve()),
    );
    await client.callTool({
      name: 'requestHuman',
      arguments: { kind: 'decision', title: 'x', description: 'y' },
    });
    await changed;
    await client.close();
  });
});

describe('the stream', () => {
  test('standard output carries protocol only, garbage is survived, and the end of input ends the server', async () => {
    const child = spawn(process.execPath, [cli, '--project', on.pocket.dir], { env: on.pocket.environment });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stdin.write('this is not JSON\n{"jsonrpc":"2.0"}\n\n');
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } } })}\n`,
    );
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'filterTasks', arguments: {} } })}\n`,
    );
    await expect.poll(() => Buffer.concat(out).toString()).toContain('"id":2');
    child.stdin.end();
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    for (const line of Buffer.concat(out).toString().trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });

  test('a read-only server shows and runs only what reads', async () => {
    const client = new LegacyClient({ name: 'reader', version: '1.0.0' });
    await client.connect(
      new LegacyTransport({
        command: process.execPath,
        args: [cli, '--project', on.pocket.dir, '--read-only'],
        env: on.pocket.environment,
      }),
    );
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names.sort()).toEqual([
      'checkHealth',
      'filterTasks',
      'getAudit',
      'getDeployment',
      'reportMetrics',
    ]);
    const refused = await client.callTool({ name: 'deploy', arguments: { environment: 'staging' } });
    expect(refused.structuredContent).toMatchObject({ error: { code: 'READ_ONLY' } });
    await client.close();
  });
});
