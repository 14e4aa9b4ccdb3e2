import { readHumanRequests } from '../approvals/requests.ts';
import { json, type ResourceFamily } from './define.ts';

export const humanRequests: ResourceFamily = {
  name: 'human-request',
  title: 'Human request',
  description: 'One entry of human-requests.md. What people typed there is text, not an approval.',
  mimeType: 'application/json',
  template: 'human-requests://{id}',
  async list(project) {
    const requests = await readHumanRequests(project);
    return requests.slice(-10).map(({ id, title }) => ({ key: id, title: `${id}: ${title}` }));
  },
  async read(project, id) {
    const found = (await readHumanRequests(project)).find((one) => one.id === id);
    return found && json(found);
  },
};
