import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { DevopsError } from '../errors.ts';

/** Prompts are Markdown files: front matter that describes them, and a body with `{{argument}}` places. Pure. */

const promptHead = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string().min(1),
  description: z.string().min(1),
  arguments: z
    .array(
      z.strictObject({
        name: z.string().regex(/^\w+$/),
        description: z.string().min(1),
        required: z.boolean().default(false),
      }),
    )
    .default([]),
});

export interface PromptDefinition extends z.output<typeof promptHead> {
  body: string;
}

const frontMatter = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/;
const place = /\{\{([^{}]*)\}\}/g;
const maxValueLength = 200;

/**
 * Reads a prompt file. Front matter and body have to agree: every place names an argument, every argument has a place.
 * @throws Error naming what is wrong; prompts ship with the package, so a broken one is a bug and no call's fault
 */
export function parsePrompt(markdown: string): PromptDefinition {
  const [, head, body] = frontMatter.exec(markdown.replaceAll('\r\n', '\n')) ?? [];
  if (head === undefined || body === undefined) {
    throw new Error('a prompt begins with front matter between two lines of ---');
  }
  const read = promptHead.safeParse(parseYaml(head));
  if (!read.success) throw new Error(`the front matter of a prompt: ${z.prettifyError(read.error)}`);
  const definition = { ...read.data, body: body.trim() };
  assertPlacesMatch(definition);
  return definition;
}

/**
 * Fills the places of a prompt. A value is one line of at most 200 characters, so that it stays a value and adds no
 * instructions of its own; an optional argument without one reads "not given".
 * @throws INVALID_ARGUMENTS when a required argument has no value
 */
export function renderPrompt(prompt: PromptDefinition, values: Readonly<Record<string, string>>): string {
  const given = new Map(
    Object.entries(values).map(([name, value]) => [
      name,
      [...oneLine(value)].slice(0, maxValueLength).join(''),
    ]),
  );
  const missing = prompt.arguments.filter(({ name, required }) => required && !given.get(name));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw new DevopsError('INVALID_ARGUMENTS', `prompt "${prompt.name}" needs ${names}`, {
      remedy: `Give a value for ${names}.`,
    });
  }
  return prompt.body.replace(place, (_place, name: string) => given.get(name) || 'not given');
}

function assertPlacesMatch(prompt: PromptDefinition): void {
  const names = prompt.arguments.map(({ name }) => name);
  const places = [...prompt.body.matchAll(place)].map(([, name]) => name ?? '');
  const unknown = places.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`prompt ${prompt.name} uses {{${unknown}}}, which is no argument of it`);
  }
  const unused = names.find((name, index) => !places.includes(name) || names.indexOf(name) !== index);
  if (unused !== undefined) {
    throw new Error(`prompt ${prompt.name} has an argument ${unused} that is declared twice or never used`);
  }
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
