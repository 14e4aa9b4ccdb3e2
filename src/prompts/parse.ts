import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

/** Prompts are Markdown files: front matter that describes them, and a body with `{{argument}}` places. Pure. */

const definition = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  description: z.string(),
  arguments: z
    .array(
      z.strictObject({ name: z.string(), description: z.string(), required: z.boolean().default(false) }),
    )
    .default([]),
});

export interface PromptDefinition extends z.output<typeof definition> {
  body: string;
}

const place = /\{\{(\w+)\}\}/g;

/** @throws Error naming what is wrong: prompts ship with the package, a broken one is a bug */
export function parsePrompt(markdown: string): PromptDefinition {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(markdown);
  if (!match) throw new Error('a prompt begins with front matter between two lines of ---');
  const head = definition.parse(parseYaml(match[1] ?? ''));
  const body = (match[2] ?? '').trim();
  for (const [, name] of body.matchAll(place)) {
    if (!head.arguments.some((argument) => argument.name === name)) {
      throw new Error(`prompt ${head.name} uses {{${name}}}, which is no argument of it`);
    }
  }
  return { ...head, body };
}

/** Fills the places; an optional argument that was not given reads as "(not given)". */
export function renderPrompt({ body }: PromptDefinition, values: Readonly<Record<string, string>>): string {
  return body.replace(place, (_match, name: string) => values[name] ?? '(not given)');
}
