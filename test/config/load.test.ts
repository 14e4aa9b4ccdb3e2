import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProject } from '../../src/config/find-project.ts';
import { loadConfig } from '../../src/config/load.ts';

let dir: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'load-')));
  mkdirSync(path.join(dir, 'packages/shop/src'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string) => path.join(dir, name);

describe('the project is', () => {
  test('the folder given', async () => {
    expect(await findProject(at('packages'), 'shop')).toBe(at('packages/shop'));
  });

  test('the nearest folder with a devops.yaml', async () => {
    writeFileSync(at('devops.yaml'), '');
    writeFileSync(at('packages/shop/devops.yaml'), '');
    mkdirSync(at('.git'));
    expect(await findProject(at('packages/shop/src'))).toBe(at('packages/shop'));
    expect(await findProject(at('packages'))).toBe(dir);
  });

  test('the repository where there is no devops.yaml', async () => {
    writeFileSync(at('.git'), 'gitdir: elsewhere'); // a linked worktree has a file
    expect(await findProject(at('packages/shop/src'))).toBe(dir);
  });
});

describe('loading', () => {
  test('gives configuration, file and text', async () => {
    const text = 'project: shop\nenvironments: {}\n';
    writeFileSync(at('devops.yaml'), text);
    expect(await loadConfig(dir)).toMatchObject({
      config: { project: 'shop' },
      file: at('devops.yaml'),
      text,
    });
  });

  test('says what to do where there is none', async () => {
    await expect(loadConfig(dir)).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
      remedy: expect.stringContaining('devops-engineer init'),
    });
  });

  test('names the file of a problem', async () => {
    writeFileSync(at('devops.yaml'), 'projekt: shop\nenvironments: {}\n');
    await expect(loadConfig(dir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(
        'devops.yaml:1:1 projekt: unknown key "projekt"; did you mean "project"?',
      ),
    });
  });
});
