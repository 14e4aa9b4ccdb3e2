import { reportMetrics } from '../operations/metrics.ts';
import { json, type ResourceFamily } from './define.ts';

const windowMs = 30 * 24 * 60 * 60 * 1_000;

export const metrics: ResourceFamily = {
  name: 'dora-metrics',
  title: 'DORA metrics',
  description: 'The five figures over the last 30 days.',
  mimeType: 'application/json',
  template: 'metrics://dora',
  async list() {
    return [{ key: 'dora', title: 'DORA metrics, last 30 days' }];
  },
  async read(project) {
    return json(await reportMetrics(project, { windowMs }));
  },
};
