import type { ComposeFacts, KubernetesFacts } from './project-facts.ts';
import { readYaml } from './read-yaml.ts';

/**
 * Reads of other tools' files what a proposal needs, and no more. Pure. Never throws: what cannot be read was not
 * found, and the person who reads the proposal sees that it is missing.
 */

type Mapping = Record<string, unknown>;

/** Command of the `web` process: `web: node server.js`. */
export function webProcessOf(procfile: string): string | undefined {
  return /^web:\s*(\S.*)$/m.exec(procfile)?.[1]?.trim();
}

/** Last port named by EXPOSE: that of the final stage. */
export function exposedPortOf(dockerfile: string): number | undefined {
  const last = [...dockerfile.matchAll(/^\s*EXPOSE\s+(\d{1,5})\b/gim)].at(-1);
  return last && Number(last[1]);
}

/** Names of the explicit targets, without pattern and special ones. */
export function makeTargetsOf(makefile: string): string[] {
  return [...makefile.matchAll(/^([A-Za-z][\w-]*)\s*:(?![=:])/gm)].map(([, name]) => name as string);
}

/** Module path of a go.mod. */
export function goModuleOf(goMod: string): string | undefined {
  return /^module\s+(\S+)/m.exec(goMod)?.[1];
}

export function composeFactsOf(file: string, text: string): ComposeFacts {
  const services = Object.values(mappingAt(documentsOf(text)[0], 'services'));
  const ports = services.flatMap((service) => listAt(service, 'ports')).map(publishedPortOf);
  const volumes = services.flatMap((service) => listAt(service, 'volumes'));
  const port = ports.find((one) => one !== undefined);
  return { file, bindMounts: volumes.some(isProjectFolder), ...(port !== undefined && { port }) };
}

/** `8080:80`, `127.0.0.1:8080:80/tcp`, or `{ published: 8080, target: 80 }`. A lone container port is published at random. */
function publishedPortOf(port: unknown): number | undefined {
  const published = isMapping(port)
    ? String(port.published)
    : /(?:^|:)(\d+):\d+(?:\/\w+)?$/.exec(String(port))?.[1];
  return published !== undefined && /^\d{1,5}$/.test(published) ? Number(published) : undefined;
}

function isProjectFolder(volume: unknown): boolean {
  const source = isMapping(volume) ? String(volume.source) : String(volume);
  return source.startsWith('.');
}

/** The first Deployment, its first container, and the first host that an Ingress names. */
export function kubernetesFactsOf(found: string, texts: readonly string[]): KubernetesFacts {
  const objects = texts.flatMap(documentsOf);
  const ofKind = (kind: string) => objects.find((one) => one.kind === kind);
  const deployment = deploymentOf(ofKind('Deployment'));
  const url = ingressUrlOf(ofKind('Ingress'));
  return { found, ...(deployment && { deployment }), ...(url !== undefined && { url }) };
}

function deploymentOf(object: Mapping | undefined): KubernetesFacts['deployment'] {
  const { name, namespace } = mappingAt(object, 'metadata');
  const [container] = listAt(mappingAt(object, 'spec', 'template', 'spec'), 'containers');
  if (!isMapping(container)) return undefined;
  const { name: containerName, image } = container;
  if (!isPlainName(name) || !isPlainName(containerName) || typeof image !== 'string') return undefined;
  // Without its tag or digest; a colon before the last slash belongs to the registry's port.
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  if (!/^[\w./:-]+$/.test(repository)) return undefined;
  return {
    name,
    container: containerName,
    image: repository,
    ...(isPlainName(namespace) && { namespace }),
  };
}

/** Names go into shell text: only what Kubernetes itself allows (RFC 1123 labels) is taken. */
function isPlainName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value);
}

function ingressUrlOf(object: Mapping | undefined): string | undefined {
  const spec = mappingAt(object, 'spec');
  const hosts = listAt(spec, 'rules').flatMap((rule) => (isMapping(rule) ? [rule.host] : []));
  const host = hosts.find((one) => typeof one === 'string' && /^[a-z0-9.-]+$/.test(one));
  return host === undefined ? undefined : `${listAt(spec, 'tls').length > 0 ? 'https' : 'http'}://${host}`;
}

/** Nested aliases can make a small file huge; a manifest with more than these is not read. */
const maxAliases = 50;
/** Manifests are small; what is not is no manifest. */
const maxLength = 256 * 1024;

function documentsOf(text: string): Mapping[] {
  try {
    if (text.length > maxLength) return [];
    return readYaml(text)
      .map((document) => document.toJS({ maxAliasCount: maxAliases }))
      .filter(isMapping);
  } catch {
    return []; // a template, nested beyond measure, or no YAML at all
  }
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mappingAt(value: unknown, ...keys: string[]): Mapping {
  const found = keys.reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), value);
  return isMapping(found) ? found : {};
}

function listAt(value: unknown, key: string): unknown[] {
  const found = isMapping(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}
