import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { path } from '../../platform/files.ts';
import { packageDir, selfCommand } from '../../platform/self.ts';

/** The scene of the demo: a fresh repository of the sample service, people with keys, and someone who is notified. */
export interface Scene {
  projectDir: string;
  /** Environment for the server: the demo's webhook, and nothing of the caller's secrets. */
  environment: Record<string, string>;
  /** Base URL of each environment. */
  urls: Record<'staging' | 'production', string>;
  messages: { event: string; text: string }[];
  /** The commit of release 1.0. */
  firstCommit: string;
  /** Copies a prepared change over the service and commits it as its author. */
  commitVariant(name: string, message: string): Promise<string>;
  /** The reviewer or the stakeholder at the command line. */
  person(args: string[], key: 'reviewer' | 'stakeholder'): Promise<string>;
  git(...args: string[]): Promise<string>;
  readFile(name: string): Promise<string>;
  strike(options: { keepFiles: boolean }): Promise<void>;
}

const people = { reviewer: 'rita.reviewer@shop.example', stakeholder: 'sam.stakeholder@shop.example' };
const sampleDir = path.join(packageDir, 'examples', 'shop');

export async function setScene(): Promise<Scene> {
  const root = await fs.mkdtemp(path.join(tmpdir(), 'devops-demo-'));
  const projectDir = path.join(root, 'shop');
  await fs.cp(sampleDir, projectDir, {
    recursive: true,
    filter: (source) =>
      !['variants', 'node_modules', 'reports', 'data', '.devops'].includes(path.basename(source)),
  });
  const git = async (...args: string[]) => (await execa('git', ['-C', projectDir, ...args])).stdout;
  await fs.writeFile(path.join(projectDir, '.gitignore'), 'data\nreports\n'); // npm does not pack the sample's own
  await makeKeys(root, projectDir);
  const urls = await moveToFreePorts(path.join(projectDir, 'devops.yaml'));
  await git('init', '--quiet', '--initial-branch=main');
  for (const [key, value] of [
    ['user.name', 'Cora Coder'],
    ['user.email', 'cora.coder@shop.example'],
    ['commit.gpgsign', 'false'],
    ['core.hooksPath', '/dev/null'],
  ] as const) {
    await git('config', key, value);
  }
  const commit = async (message: string) => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  const firstCommit = await commit('Release 1.0: orders');
  const receiver = await receiveMessages();
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? root,
    DEPLOY_WEBHOOK_URL: receiver.url,
  };
  const [program, script] = selfCommand;
  return {
    projectDir,
    environment,
    urls,
    messages: receiver.messages,
    firstCommit,
    git,
    readFile: (name) => fs.readFile(path.join(projectDir, name), 'utf8'),
    async commitVariant(name, message) {
      await fs.cp(path.join(sampleDir, 'variants', name), projectDir, { recursive: true });
      return commit(message);
    },
    async person(args, key) {
      const keyFile = path.join(root, 'keys', key);
      const { stdout } = await execa(program, [script, ...args, '--key', keyFile, '--project', projectDir], {
        env: environment,
      });
      return stdout;
    },
    async strike({ keepFiles }) {
      receiver.server.close();
      receiver.server.closeAllConnections();
      if (!keepFiles) await fs.rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** An SSH key for each person, and the files that say who may answer for what. */
async function makeKeys(root: string, projectDir: string): Promise<void> {
  const keysDir = path.join(root, 'keys');
  await fs.mkdir(keysDir, { mode: 0o700 });
  for (const [role, email] of Object.entries(people)) {
    const keyFile = path.join(keysDir, role);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', email, '-f', keyFile]);
    const publicKey = await fs.readFile(`${keyFile}.pub`, 'utf8');
    const signers = role === 'reviewer' ? '.devops-reviewers' : '.devops-approvers';
    await fs.writeFile(path.join(projectDir, signers), `${email} ${publicKey}`);
  }
}

/** The sample's ports may be taken on this machine: every `port:` gets a free one. */
async function moveToFreePorts(configFile: string): Promise<Scene['urls']> {
  const config = await fs.readFile(configFile, 'utf8');
  const ports: number[] = [];
  const servers = await Promise.all(
    Array.from(config.matchAll(/^\s+port: \d+/gm), () => listen(createServer())),
  );
  for (const server of servers) {
    ports.push((server.address() as AddressInfo).port);
    server.close();
  }
  let index = 0;
  const moved = config.replace(/^(\s+port: )\d+/gm, (_match, indent: string) => `${indent}${ports[index++]}`);
  await fs.writeFile(configFile, moved);
  const portOf = (environment: string) =>
    new RegExp(`^ {2}${environment}:\\n(?: {3,}.*\\n|\\s*\\n)*? +port: (\\d+)`, 'm').exec(moved)?.[1];
  const urlOf = (environment: string) => `http://127.0.0.1:${portOf(environment)}`;
  return { staging: urlOf('staging'), production: urlOf('production') };
}

async function receiveMessages(): Promise<{ server: Server; url: string; messages: Scene['messages'] }> {
  const messages: Scene['messages'] = [];
  const server = await listen(
    createServer((request, response) => {
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      request.on('end', () => {
        messages.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Scene['messages'][number]);
        response.end();
      });
    }),
  );
  return { server, messages, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
