import { documentNames, readDocument } from '../platform/document-files.ts';
import type { ResourceFamily } from './define.ts';

export const docs: ResourceFamily = {
  name: 'deployment-document',
  title: 'Deployment document',
  description: 'The deployment*.md files of the project.',
  mimeType: 'text/markdown',
  template: 'docs://{file}',
  async list({ dir }) {
    return (await documentNames(dir)).map((name) => ({ key: name, title: name }));
  },
  read: ({ dir }, file) => readDocument(dir, file),
};
