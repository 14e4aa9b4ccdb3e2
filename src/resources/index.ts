import type { App } from '../app.ts';
import { DevopsError } from '../errors.ts';
import type { ResourceFamily } from './define.ts';
import { deploymentLogs, deployments, postMortems, releaseNotes } from './deployments.ts';
import { docs } from './docs.ts';
import { environments } from './environments.ts';
import { evidence } from './evidence.ts';
import { gates } from './gates.ts';
import { humanRequests } from './human-requests.ts';
import { metrics } from './metrics.ts';
import { policy } from './policy.ts';
import { tasks } from './tasks.ts';

/** The more specific template stands before the one that would match it too. */
export const resourceFamilies: readonly ResourceFamily[] = [
  tasks,
  deploymentLogs,
  postMortems,
  releaseNotes,
  deployments,
  environments,
  gates,
  evidence,
  docs,
  humanRequests,
  policy,
  metrics,
];

const isTemplate = ({ template }: ResourceFamily) => template.includes('{');

export const resourceTemplates = resourceFamilies.filter(isTemplate).map((family) => ({
  name: family.name,
  title: family.title,
  description: family.description,
  mimeType: family.mimeType,
  uriTemplate: family.template,
}));

export async function listResources(app: App) {
  const project = await app.project();
  const lists = resourceFamilies.map(async (family) => {
    const found = (await family.list?.(project)) ?? [];
    return found.map(({ key, title }) => ({
      uri: uriOf(family, key),
      name: `${family.name} ${key}`,
      title: app.redact(title),
      description: family.description,
      mimeType: family.mimeType,
    }));
  });
  return (await Promise.all(lists)).flat();
}

/** @throws UNKNOWN_RESOURCE */
export async function readResource(
  app: App,
  uri: string,
): Promise<{ uri: string; mimeType: string; text: string }> {
  for (const family of resourceFamilies) {
    const key = keyOf(family, uri);
    if (key === undefined) continue;
    const text = await family.read(await app.project(), key);
    if (text !== undefined) return { uri, mimeType: family.mimeType, text: app.redact(text) };
  }
  throw new DevopsError('UNKNOWN_RESOURCE', `there is no resource ${uri}`, {
    remedy: 'Use a URI of resources/list, or fill a template of resources/templates/list.',
  });
}

function uriOf({ template }: ResourceFamily, key: string): string {
  return template.replace(/\{\w+\}/, encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%3A', ':'));
}

function keyOf({ template }: ResourceFamily, uri: string): string | undefined {
  const [before = '', after] = template.split(/\{\w+\}/);
  if (after === undefined) return uri === template ? (uri.split('://')[1] ?? '') : undefined;
  if (!uri.startsWith(before) || !uri.endsWith(after) || uri.length <= before.length + after.length)
    return undefined;
  try {
    return decodeURIComponent(uri.slice(before.length, uri.length - after.length));
  } catch {
    return undefined;
  }
}
