import * as z from 'zod';
import { valuesOfYaml } from '../../../config/read-yaml.ts';
import { DevopsError } from '../../../errors.ts';
import { firstIssue } from '../../../evidence/json-report.ts';
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

const named = z.object({ kind: z.literal('Deployment'), metadata: z.object({ name: z.string() }) });

/** @returns undefined for an object of another kind */
export function nameOfDeployment(object: unknown): string | undefined {
  return named.safeParse(object).data?.metadata.name;
}

/** What is changed of a Deployment, and what that rests on; all else stays as people wrote it. */
export const deploymentShape = z.looseObject({
  spec: z.looseObject({
    replicas: z.unknown().optional(),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.unknown()).nullish() }).nullish(),
      spec: z.looseObject({
        containers: z
          .array(
            z.looseObject({
              name: z.string(),
              image: z.unknown().optional(),
              env: z.array(z.looseObject({ name: z.string() })).nullish(),
            }),
          )
          .min(1),
      }),
    }),
  }),
});

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
  const objects = items.filter((item) => item !== null && item !== undefined);
  const place = objects.findIndex((one) => nameOfDeployment(one) === release.deployment);
  if (place === -1) throw refused(`has no Deployment "${release.deployment}"`);
  const { data: deployment, error } = deploymentShape.safeParse(objects[place]);
  if (!deployment) throw refused(`has a Deployment that cannot be: ${firstIssue(error)}`);
  const { template } = deployment.spec;
  const { containers } = template.spec;
  const container = containers.find(({ name }) => name === release.container);
  if (!container) {
    const names = containers.map(({ name }) => name).join(', ');
    throw refused(`has no container "${release.container}" in it, only ${names}`);
  }
  container.image = release.image;
  const others = (container.env ?? []).filter(({ name }) => !Object.hasOwn(release.environment, name));
  container.env = [
    ...others,
    ...Object.entries(release.environment).map(([name, value]) => ({ name, value })),
  ];
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, ...release.labels } };
  if (release.replicas !== undefined) deployment.spec.replicas = release.replicas;
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.with(place, deployment) });
}

function refused(what: string): DevopsError {
  return new DevopsError('TARGET_FAILED', `the manifest ${what}`, {
    remedy: 'Mend the manifest, or set target.manifest, deployment and container to what it has.',
  });
}
