import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Client, InMemoryTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { execa } from 'execa';
import { afterAll, beforeAll, expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { openApp } from '../../src/app.ts';
import { freePort } from '../../src/platform/process-host/ports.ts';
import { packageDir } from '../../src/platform/self.ts';
import { buildServer } from '../../src/server.ts';
import { findTool } from '../../src/tools/index.ts';
import { newFolder } from '../new-folder.ts';
import { runInProcess, type Said } from './in-process.ts';

/** A real project in a temporary folder: git repository, service, policy, board, and a webhook that listens. */

const cli = path.join(packageDir, 'dist', 'cli.js');
const fixture = path.join(packageDir, 'test', 'fixtures', 'service');

export interface ToolResult {
  isError: boolean;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results of every tool
  data: any;
}

export interface Agent {
  pid: number;
  client: Client;
  call(tool: string, args?: Record<string, unknown>): Promise<ToolResult>;
  close(): Promise<void>;
}

export interface Pocket {
  dir: string;
  environment: Record<string, string>;
  messages: { event: string; text: string; subject: string }[];
  ports: { staging: number; production: number };
  /** An agent at a server of its own, as a client starts one. */
  connect(): Promise<Agent>;
  /** An agent at a server in this process, which nobody can kill, and which does nothing on its own. */
  connectHere(): Promise<Agent>;
  /** The built command line. */
  cli(args: string[], options?: { input?: string }): Promise<Said>;
  /** The same without a start of its own. */
  command(args: string[]): Promise<Said>;
  /** Changes what the service does and commits it. */
  commit(behaviour: Record<string, unknown>, message?: string): Promise<string>;
  /** Changes the policy. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into every part of the file
  configure(change: (config: any) => void): Promise<void>;
  /** A person lets the changed policy count: gates fail on one that became weaker. */
  agree(): Promise<void>;
  edit(file: string, change: (text: string) => string): Promise<void>;
  read(file: string): Promise<string>;
  git(...args: string[]): Promise<string>;
  destroy(): Promise<void>;
}

export async function createPocket(): Promise<Pocket> {
  const dir = await newFolder('pocket-');
  await fs.cp(fixture, dir, { recursive: true });
  const ports = { staging: await freePort(), production: await freePort() };
  const edit = async (file: string, change: (text: string) => string) => {
    const place = path.join(dir, file);
    await fs.writeFile(place, change(await fs.readFile(place, 'utf8')));
  };
  await edit('devops.yaml', (text) =>
    text.replace('7601', String(ports.staging)).replace('7602', String(ports.production)),
  );
  const policy = await fs.readFile(path.join(dir, 'devops.yaml'), 'utf8');
  const git = async (...args: string[]) => (await execa('git', ['-C', dir, ...args])).stdout;
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Ada Author');
  await git('config', 'user.email', 'ada@pocket.example');
  await git('config', 'commit.gpgsign', 'false');
  const commitAll = async (message: string) => {
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  await commitAll('first');
  const { server, messages, url } = await webhook();
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? dir,
    POCKET_WEBHOOK_URL: url,
  };

  const runCli: Pocket['cli'] = async (args, options = {}) => {
    const result = await execa(process.execPath, [cli, '--project', dir, ...args], {
      cwd: dir,
      env: environment,
      extendEnv: false,
      reject: false,
      ...options,
    });
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  };

  const command: Pocket['command'] = (args) => runInProcess(args, { dir, environment });

  /** Takes what is configured now out of service, as far as it runs on this machine. */
  async function stopAll(): Promise<void> {
    const app = openApp({ projectDir: dir, serverEnvironment: environment });
    const project = await app.project().catch(() => undefined);
    for (const name of Object.keys(project?.config.environments ?? {})) {
      const fence = { deploymentId: 'end-of-test', number: Number.MAX_SAFE_INTEGER };
      const call = { fence, log: () => undefined, signal: new AbortController().signal };
      const target = project?.target(name);
      if (target?.kind === 'process' || target?.kind === 'container') await target.stop(call);
    }
    await app.close().catch(() => undefined);
  }

  return {
    dir,
    environment,
    messages,
    ports,
    edit,
    configure: (change) =>
      edit('devops.yaml', (text) => {
        const config = parse(text);
        change(config);
        return stringify(config);
      }),
    git,
    read: (file) => fs.readFile(path.join(dir, file), 'utf8'),
    async commit(behaviour, message = 'change') {
      await fs.writeFile(path.join(dir, 'behaviour.json'), JSON.stringify(behaviour));
      return commitAll(message);
    },
    cli: runCli,
    command,
    async agree() {
      const { exitCode, stderr } = await command(['approve', 'policy']);
      expect([exitCode, stderr]).toEqual([0, '']);
    },
    connect: () => connectAgent(dir, environment),
    connectHere: () => connectHere(dir, environment),
    async destroy() {
      // Runs that a test left behind would start again what is stopped here.
      await execa('pkill', ['-9', '-f', `internal run .* --project ${dir}`], { reject: false });
      await stopAll();
      await fs.writeFile(path.join(dir, 'devops.yaml'), policy); // with every target that was there at first
      await stopAll();
      server.close();
      server.closeAllConnections();
      await fs.rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** A pocket project and a connected agent for every test of a file: at a server of its own, or in this process. */
export function usePocket(
  configure?: Parameters<Pocket['configure']>[0],
  { here = false }: { here?: boolean } = {},
): { pocket: Pocket; agent: Agent } {
  const used = {} as { pocket: Pocket; agent: Agent };
  beforeAll(async () => {
    used.pocket = await createPocket();
    if (configure) await used.pocket.configure(configure);
    used.agent = await (here ? used.pocket.connectHere() : used.pocket.connect());
  });
  afterAll(async () => {
    await used.agent.close();
    await used.pocket.destroy();
  });
  return used;
}

export async function connectAgent(dir: string, environment: Record<string, string>): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cli, '--project', dir],
    env: environment,
    cwd: dir,
    stderr: 'inherit',
  });
  return agentOver(transport, () => transport.pid ?? -1);
}

async function connectHere(dir: string, environment: Record<string, string>): Promise<Agent> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const app = openApp({ projectDir: dir, serverEnvironment: { ...environment }, isLongLived: true });
  serveStdio(() => buildServer(app), { transport: theirs });
  const agent = await agentOver(ours, () => process.pid);
  return {
    ...agent,
    async close() {
      await agent.close();
      await app.close();
    },
  };
}

async function agentOver(transport: Transport, pid: () => number): Promise<Agent> {
  const client = new Client(
    { name: 'test-agent', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  await client.connect(transport);
  return {
    pid: pid(),
    client,
    async call(name, args = {}) {
      const result = await client.callTool({ name, arguments: args }, { timeout: 120_000 });
      const [first] = result.content as { type: string; text: string }[];
      if (!result.isError) findTool(name)?.output.parse(result.structuredContent); // every result is of its advertised shape
      return { isError: result.isError === true, text: first?.text ?? '', data: result.structuredContent };
    },
    close: () => client.close(),
  };
}

async function webhook(): Promise<{ server: Server; messages: Pocket['messages']; url: string }> {
  const messages: Pocket['messages'] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      messages.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Pocket['messages'][number]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, messages, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
