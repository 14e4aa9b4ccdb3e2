import * as z from 'zod';
import { editDocument } from '../audit/edit-document.ts';
import { defineTool } from './define.ts';
import { longestSection, longestTitle } from './limits.ts';
import { fence } from './text.ts';

export const updateDocument = defineTool({
  name: 'updateDocument',
  title: 'Update a deployment document',
  effect: 'record',
  description: 'Writes one section of a deployment*.md (docs://); every other byte stays.',
  input: z.strictObject({
    file: z.string(),
    section: z.string().min(1).max(longestTitle).describe('heading; a new one is added'),
    text: z.string().min(1).max(longestSection),
    expectDigest: z.string().optional(),
  }),
  output: z.object({
    file: z.string(),
    section: z.string(),
    created: z.boolean(),
    changed: z.boolean(),
    digest: z.string(),
    sections: z.array(z.string()),
  }),
  run: async (change, context) => editDocument(await context.project(), context.caller, change),
  render: ({ file, section, created, changed, digest, sections }) =>
    [
      `${file}, section "${section}": ${created ? 'added' : changed ? 'changed' : 'nothing to change'}, digest ${digest}`,
      fence('headings', sections.join('\n')),
    ].join('\n'),
});
