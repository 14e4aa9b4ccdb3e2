import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readVexFiles } from '../../src/gates/vex-files.ts';
import { openRepository, type Repository } from '../../src/platform/git.ts';

const openVex = (id: string) =>
  JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    timestamp: '2026-06-01T00:00:00Z',
    statements: [{ vulnerability: { name: id }, products: ['shop'], status: 'fixed' }],
  });

let top: string;
let commit: string;
let repository: Repository;

beforeAll(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'vex-'));
  const git = async (...args: string[]) => (await execa('git', ['-C', top, ...args])).stdout;
  await git('init', '--quiet');
  const project = path.join(top, 'services/shop');
  await mkdir(path.join(project, 'security'), { recursive: true });
  await writeFile(path.join(top, 'vex.json'), openVex('CVE-OF-ANOTHER'));
  await writeFile(path.join(project, 'security/vex.json'), openVex('CVE-2026-1'));
  await writeFile(path.join(project, 'large.json'), openVex('CVE-2026-2').padEnd(5 * 1024 * 1024));
  await symlink('security/vex.json', path.join(project, 'link.json'));
  await git('add', '--all');
  await git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message=first');
  commit = await git('rev-parse', 'HEAD');
  // What lies in the working tree is not what is deployed.
  await writeFile(path.join(project, 'security/vex.json'), openVex('CVE-NOT-COMMITTED'));
  await writeFile(path.join(project, 'new.json'), openVex('CVE-NOT-COMMITTED'));
  repository = await openRepository(project);
});
afterAll(() => rm(top, { recursive: true, force: true }));

test('reads the file of the commit, below the folder of the project', async () => {
  for (const file of ['security/vex.json', './security/vex.json']) {
    const { statements, problems } = await readVexFiles(repository, commit, [file]);
    expect(problems).toEqual([]);
    expect(statements.map(({ ids }) => ids)).toEqual([['CVE-2026-1']]);
  }
});

test.each(['new.json', 'gone.json', 'link.json', 'security', 'large.json', '../../vex.json', '*.json'])(
  '%s excuses nothing, and says so',
  async (file) => {
    const { statements, problems } = await readVexFiles(repository, commit, [file, 'security/vex.json']);
    expect(statements).toHaveLength(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(file);
  },
);

test('a commit that git does not know is a problem, no crash', async () => {
  const { statements, problems } = await readVexFiles(repository, 'f'.repeat(40), ['security/vex.json']);
  expect(statements).toEqual([]);
  expect(problems[0]).toContain('could not be read');
});
