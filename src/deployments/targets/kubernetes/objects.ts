import { valuesOfYaml } from '../../../config/read-yaml.ts';
import { DevopsError } from '../../../errors.ts';
import { labelPrefix } from '../labels.ts';

/** What a release is in a cluster: image, labels and variables of one container of one Deployment. Pure. */

export const releaseLabel = `${labelPrefix}/release`;
export const versionLabel = `${labelPrefix}/version`;
/** How many pods there were before the environment was taken out of service. */
export const replicasAnnotation = `${labelPrefix}/replicas`;

export interface ReleaseObjects {
  deployment: string;
  container: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
  /** As many as there are when missing. */
  replicas?: number | undefined;
}

interface Container {
  name: string;
  image?: string;
  env?: { name: string; value?: string }[];
}

/** The change of a Deployment that is in the cluster already, as a strategic merge patch. */
export function patchOf(release: ReleaseObjects): string {
  const { container, image, labels, environment, replicas } = release;
  const env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return JSON.stringify({
    spec: {
      ...(replicas !== undefined && { replicas }),
      template: { metadata: { labels }, spec: { containers: [{ name: container, image, env }] } },
    },
  });
}

/**
 * The objects of a manifest with the release in its Deployment.
 * @returns a list as JSON
 * @throws TARGET_FAILED for a manifest without that Deployment or container
 */
export function withRelease(manifest: string, release: ReleaseObjects): string {
  let items: unknown[];
  try {
    items = valuesOfYaml(manifest);
  } catch (error) {
    throw refused(`is no YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const objects = items.filter((item) => item !== null && item !== undefined) as {
    kind?: string;
    metadata?: { name?: string };
    // biome-ignore lint/suspicious/noExplicitAny: whatever people write; what is missing is made
    spec?: any;
  }[];
  const deployment = objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata?.name === release.deployment,
  );
  if (!deployment) throw refused(`has no Deployment "${release.deployment}"`);
  const pod = deployment.spec?.template;
  const containers: Container[] = pod?.spec?.containers ?? [];
  const container = containers.find(({ name }) => name === release.container);
  if (!container) {
    const names = containers.map(({ name }) => name).join(', ');
    throw refused(`has no container "${release.container}" in it${names === '' ? '' : `, only ${names}`}`);
  }
  container.image = release.image;
  const others = (container.env ?? []).filter(({ name }) => !Object.hasOwn(release.environment, name));
  container.env = [
    ...others,
    ...Object.entries(release.environment).map(([name, value]) => ({ name, value })),
  ];
  pod.metadata = { ...pod.metadata, labels: { ...pod.metadata?.labels, ...release.labels } };
  if (release.replicas !== undefined) deployment.spec.replicas = release.replicas;
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}

function refused(what: string): DevopsError {
  return new DevopsError('TARGET_FAILED', `the manifest ${what}`, {
    remedy: 'Mend the manifest, or set target.manifest, deployment and container to what it has.',
  });
}
