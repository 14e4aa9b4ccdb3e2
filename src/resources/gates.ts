import { findGate } from '../gates/gate-records.ts';
import { json, type ResourceFamily } from './define.ts';

export const gates: ResourceFamily = {
  name: 'gate',
  title: 'Gate verdict',
  description: 'One evaluation of a quality gate with all its requirements.',
  mimeType: 'application/json',
  template: 'gates://{id}',
  async read(project, id) {
    const gate = await findGate(project, id);
    return gate && json(gate);
  },
};
