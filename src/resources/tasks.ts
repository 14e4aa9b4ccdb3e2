import { DevopsError } from '../errors.ts';
import { json, type ResourceFamily } from './define.ts';

export const tasks: ResourceFamily = {
  name: 'task',
  title: 'Task',
  description: 'One entry of the task board, as it stands in the file.',
  mimeType: 'application/json',
  template: 'tasks://{id}',
  async read(project, id) {
    try {
      return json((await project.tasks.get(id)).entry);
    } catch (error) {
      if (error instanceof DevopsError && error.code === 'UNKNOWN_TASK') return undefined;
      throw error;
    }
  },
};
