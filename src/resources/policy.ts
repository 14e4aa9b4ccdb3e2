import { json, type ResourceFamily } from './define.ts';

export const policy: ResourceFamily = {
  name: 'policy',
  title: 'Policy in force',
  description: 'The configuration as the server reads it now, with its digest.',
  mimeType: 'application/json',
  template: 'policy://current',
  async list() {
    return [{ key: 'current', title: 'Policy in force' }];
  },
  async read({ config, policyDigest }) {
    return json({ policyDigest, ...config });
  },
};
