import * as fs from 'node:fs/promises';
import { type PromptDefinition, parsePrompt } from '../prompts/parse.ts';
import { path } from './files.ts';
import { packageDir } from './self.ts';

let loaded: Promise<PromptDefinition[]> | undefined;

/** The prompts that ship with the package; read once. */
export function loadPrompts(): Promise<PromptDefinition[]> {
  loaded ??= readAll(path.join(packageDir, 'prompts'));
  return loaded;
}

async function readAll(folder: string): Promise<PromptDefinition[]> {
  const names = (await fs.readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  return Promise.all(
    names.map(async (name) => parsePrompt(await fs.readFile(path.join(folder, name), 'utf8'))),
  );
}
