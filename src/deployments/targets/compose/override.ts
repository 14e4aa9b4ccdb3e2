import { valuesOfYaml } from '../../../config/read-yaml.ts';
import { DevopsError } from '../../../errors.ts';

/** What we add to the user's compose file: image, labels and variables of the service that runs the release. Pure. */

export interface Override {
  service: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  /** `null`: the value that Compose itself has, which so stands in no file. */
  environment: Readonly<Record<string, string | null>>;
}

/**
 * @param composeFile text of the user's file: both must say the same `version`, or none
 * @returns a compose file, as JSON, which is YAML too
 * @throws TARGET_FAILED for a file without that service
 */
export function overrideText(composeFile: string, { service, image, labels, environment }: Override): string {
  let content: unknown;
  try {
    const documents = valuesOfYaml(composeFile);
    if (documents.length > 1) throw new Error('several documents');
    [content] = documents;
  } catch (error) {
    throw refused(`is no YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const { version, services } = (isMapping(content) ? content : {}) as Record<string, unknown>;
  // One that includes others may have the service there; Compose itself says so if it has not.
  const includes = isMapping(content) && ('include' in content || !isMapping(services));
  if (!includes && !(isMapping(services) && Object.hasOwn(services, service))) {
    const names = isMapping(services) ? Object.keys(services).slice(0, 10) : [];
    throw refused(`has no service "${service}"${names.length > 0 ? `, only ${names.join(', ')}` : ''}`);
  }
  return `${JSON.stringify(
    {
      ...(version !== undefined && { version: String(version) }),
      services: {
        [service]: { image: literal(image), labels: literals(labels), environment: literals(environment) },
      },
    },
    null,
    2,
  )}\n`;
}

/** Compose would put variables in. */
const literal = (text: string) => text.replaceAll('$', '$$$$');

const literals = (values: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? null : literal(value)]),
  );

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function refused(what: string): DevopsError {
  return new DevopsError('TARGET_FAILED', `the compose file ${what}`, {
    remedy: 'Mend the compose file, or set target.file and target.service in devops.yaml to what it has.',
  });
}
