import { overhead } from './deploy/overhead.ts';
import { wayBack } from './deploy/way-back.ts';
import type { Suite } from './report.ts';

/** What a deployment costs over its commands, and how long a bad release is served once it was seen to be bad. */
export const deploy: Suite = {
  name: 'deploy',
  title: 'Deployments',
  async run() {
    return [...(await overhead()), ...(await wayBack())];
  },
};
