import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/** A project to deploy: one service that tells its version and falls ill some time after its first traffic when its commit says so. */

const service = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { illAfterMs } = JSON.parse(readFileSync(new URL('./behaviour.json', import.meta.url), 'utf8'));
let trafficAt;
createServer((request, response) => {
  if (request.url === '/') trafficAt ??= Date.now();
  const ill = illAfterMs !== undefined && Date.now() - trafficAt > illAfterMs;
  response.writeHead(ill ? 503 : 200).end(JSON.stringify({ version: process.env.DEVOPS_VERSION }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

export interface BenchProject {
  dir: string;
  /** Commits another behaviour of the service. */
  commit(behaviour: { illAfterMs?: number }): Promise<void>;
  remove(): Promise<void>;
}

/** @param staging the environment as `devops.yaml` has it, in flow style */
export async function createProject(staging: string): Promise<BenchProject> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bench-deploy-'));
  const git = (...args: string[]) =>
    execa('git', ['-C', dir, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args]);
  const files: Record<string, string> = {
    'devops.yaml': `project: bench\nenvironments:\n  staging: ${staging}\n`,
    'service.mjs': service,
    '.gitignore': '.devops/\nlive\nbare.tar\n',
  };
  await git('init', '--quiet');
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(dir, name), text);
  const commit: BenchProject['commit'] = async (behaviour) => {
    await writeFile(path.join(dir, 'behaviour.json'), JSON.stringify(behaviour));
    await git('add', '.');
    await git('commit', '--quiet', '--allow-empty', '--message', JSON.stringify(behaviour));
  };
  await commit({});
  return { dir, commit, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}
