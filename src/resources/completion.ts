import type { App } from '../app.ts';
import { documentNames } from '../platform/document-files.ts';

const shown = 100;

/**
 * Values for an argument of a prompt or a variable of a resource template, by its name. What is not known
 * completes to nothing.
 */
export async function completeArgument(app: App, name: string, typed: string): Promise<string[]> {
  const project = await app.project();
  const candidates: Record<string, () => Promise<string[]>> = {
    environment: async () => Object.keys(project.config.environments),
    name: async () => Object.keys(project.config.environments),
    file: () => documentNames(project.dir),
    taskId: async () => (await project.tasks.filter({ sort: 'id' })).tasks.map(({ id }) => id),
    commit: async () =>
      (await (await project.repository()).between(undefined, 'HEAD', shown)).map(({ sha }) =>
        sha.slice(0, 12),
      ),
    deploymentId: () => recentIds(app),
    id: () => recentIds(app),
  };
  const find = Object.hasOwn(candidates, name) ? candidates[name] : undefined;
  const values = (await find?.().catch(() => [])) ?? [];
  return values.filter((value) => value.startsWith(typed));
}

async function recentIds(app: App): Promise<string[]> {
  const { state } = await app.project();
  const rows = await state.read
    .selectFrom('deployments')
    .select('id')
    .orderBy('requested_at', 'desc')
    .limit(shown)
    .execute();
  return rows.map(({ id }) => id);
}
