import { liveRelease } from '../deployments/releases.ts';
import { json, type ResourceFamily } from './define.ts';

export const environments: ResourceFamily = {
  name: 'environment',
  title: 'Environment',
  description: 'What is live there, who holds it, and what its policy demands.',
  mimeType: 'application/json',
  template: 'environments://{name}',
  async list({ config }) {
    return Object.keys(config.environments).map((name) => ({ key: name, title: `Environment ${name}` }));
  },
  async read(project, name) {
    const policy = Object.hasOwn(project.config.environments, name)
      ? project.config.environments[name]
      : undefined;
    if (!policy) return undefined;
    const row = await project.state.read
      .selectFrom('environments')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    const live = await liveRelease(project, name);
    const { after, gate, strategy, approvals, freeze, validate } = policy;
    return json({
      name,
      url: project.target(name).url,
      live: live ? { version: live.version, commit: live.commit, deploymentId: live.id } : null,
      heldBy: row?.holder_id ?? null,
      policy: { after, gate, strategy, approvals, freeze, validate },
    });
  },
};
