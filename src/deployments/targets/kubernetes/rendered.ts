import * as z from 'zod';
import type { KubernetesChartConfig } from '../../../config/kubernetes-chart.ts';
import { valuesOfYaml } from '../../../config/read-yaml.ts';
import { DevopsError } from '../../../errors.ts';
import { firstIssue } from '../../../evidence/json-report.ts';
import { deploymentShape, nameOfDeployment, type ReleaseObjects } from './objects.ts';

/** Whether what a chart was rendered to is the release: templates may leave out whatever they were told. Pure. */

export interface Rendered {
  objects: unknown[];
  /** What the chart says of their number, which is nothing where an autoscaler decides. */
  replicas: number | undefined;
}

const maxShown = 300;

const place = z.object({ kind: z.string(), metadata: z.object({ namespace: z.string().optional() }) });

/**
 * @param told how many pods there must be
 * @throws TARGET_FAILED where Deployment, image, a label or a variable is not the release's, with what the chart lacks
 */
export function renderedRelease(
  text: string,
  release: ReleaseObjects,
  { valueNames }: KubernetesChartConfig,
  told: number | undefined,
): Rendered {
  const objects = objectsOf(text);
  const names = objects.map(nameOfDeployment);
  const found = objects[names.indexOf(release.deployment)];
  const quoted = `Deployment ${release.deployment}`;
  if (found === undefined) {
    const others = shown(names.filter((name) => name !== undefined).join(', '));
    throw refused(
      `no ${quoted}${others === '' ? '' : `, only ${others}`}`,
      'Set target.deployment to one that it has; charts of "helm create" take the name of the Helm release, or fullnameOverride in target.chart.set.',
    );
  }
  const { data: deployment, error } = deploymentShape.safeParse(found);
  if (!deployment) throw refused(`a ${quoted} that cannot be: ${firstIssue(error)}`, 'Mend its template.');
  const { template, replicas } = deployment.spec;
  const { containers } = template.spec;
  const container = containers.find(({ name }) => name === release.container);
  if (!container) {
    throw refused(
      `${quoted} without a container ${release.container}, only with ${shown(containers.map(({ name }) => name).join(', '))}`,
      'Set target.container to one of them.',
    );
  }
  if (container.image !== release.image) {
    const { image, repository, tag } = valueNames;
    const template =
      image === undefined ? `{{ .Values.${repository} }}:{{ .Values.${tag} }}` : `{{ .Values.${image} }}`;
    throw refused(
      `${quoted} with the image ${shown(JSON.stringify(container.image) ?? 'none')}, not ${release.image}`,
      `Let its template say image: "${template}", or name the values that it takes the image from in target.chart.valueNames.`,
    );
  }
  const labels = template.metadata?.labels ?? {};
  const missing = Object.entries(release.labels).find(([name, value]) => labels[name] !== value);
  if (missing) {
    throw refused(
      `${quoted} without the label ${missing.join(': ')} on its pods`,
      `Let its template say "{{- toYaml .Values.${valueNames.labels} | nindent 8 }}" below spec.template.metadata.labels, or name the value that it takes labels from in target.chart.valueNames.labels.`,
    );
  }
  const variables = valueNames.variables === undefined ? {} : release.environment;
  const unset = Object.entries(variables).find(
    ([name, value]) => !(container.env ?? []).some((one) => one.name === name && one.value === value),
  );
  if (unset) {
    throw refused(
      `${quoted} without the variable ${unset[0]} in ${release.container}`,
      `Let its template say "{{- toYaml .Values.${valueNames.variables} | nindent 12 }}" below env, or leave target.chart.valueNames.variables out.`,
    );
  }
  if (told !== undefined && replicas !== undefined && replicas !== told) {
    throw refused(
      `${quoted} with ${replicas} replicas, and it was scaled to ${told}`,
      `Let its template say "replicas: {{ .Values.${valueNames.replicas} }}", or name that value in target.chart.valueNames.replicas.`,
    );
  }
  return { objects, replicas: typeof replicas === 'number' ? replicas : undefined };
}

function objectsOf(text: string): unknown[] {
  try {
    // Templates that put a label twice are common, and Helm takes the last one.
    return valuesOfYaml(text, { uniqueKeys: false }).filter(
      (object) => object !== null && object !== undefined,
    );
  } catch (error) {
    throw refused(`no YAML: ${shown((error as Error).message)}`, 'Mend its templates.');
  }
}

/** As much of what somebody else wrote as a person wants to read. */
const shown = (text: string) => (text.length > maxShown ? `${text.slice(0, maxShown)}…` : text);

/** Objects that this namespace's API can judge on their own. @param kinds all of them when missing */
export function judgeable(
  objects: readonly unknown[],
  namespace: string,
  kinds?: readonly string[],
): unknown[] {
  return objects.filter((object) => {
    const { data } = place.safeParse(object);
    if (!data || (data.metadata.namespace ?? namespace) !== namespace) return false;
    return kinds === undefined || kinds.includes(data.kind);
  });
}

function refused(what: string, remedy: string): DevopsError {
  return new DevopsError('TARGET_FAILED', `the chart comes to ${what}`, { remedy });
}
