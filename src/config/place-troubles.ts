import type { Trouble } from './issues.ts';
import type { Config } from './schema.ts';
import { parseSshAddress } from './ssh-target.ts';

/** Environments that would get in each other's way: on one port, in one folder of a host, in one Compose project, or on one Deployment. Pure. */
export function placeTroubles(config: Config): Trouble[] {
  return [
    ...portTroubles(config),
    ...hostFolderTroubles(config),
    ...composeProjectTroubles(config),
    ...deploymentTroubles(config),
  ];
}

function portTroubles({ environments }: Config): Trouble[] {
  const taken: { name: string; host: string; port: number }[] = [];
  const troubles: Trouble[] = [];
  for (const [name, { target }] of Object.entries(environments)) {
    if (!('port' in target)) continue;
    const { host, port } = target;
    const other = taken.find((one) => one.port === port && meet(one.host, host));
    if (!other) taken.push({ name, host, port });
    else
      troubles.push({
        path: ['environments', name, 'target', 'port'],
        message: `${host}:${port} is taken by ${other.name} already`,
      });
  }
  return troubles;
}

/** Two environments in one folder of a host would switch each other's release. */
function hostFolderTroubles({ environments }: Config): Trouble[] {
  const taken = new Map<string, string>();
  return Object.entries(environments).flatMap(([name, { target }]) => {
    if (target.kind !== 'ssh') return [];
    return target.hosts.flatMap((host, index) => {
      const { host: place = host, port = 22 } = parseSshAddress(host) ?? {};
      const folder = `${place}:${port} ${target.path}`;
      const other = taken.get(folder);
      taken.set(folder, other ?? name);
      if (other === undefined) return [];
      const message = `${target.path} on ${host} belongs to ${other} already; give ${name} a target.path of its own`;
      return [{ path: ['environments', name, 'target', 'hosts', index], message }];
    });
  });
}

/** Two environments in one Compose project would replace each other's instances. */
function composeProjectTroubles({ environments }: Config): Trouble[] {
  const taken = new Map<string, string>();
  return Object.entries(environments).flatMap(([name, { target }]) => {
    if (target.kind !== 'compose' || target.project === undefined) return [];
    const other = taken.get(target.project);
    taken.set(target.project, other ?? name);
    if (other === undefined) return [];
    const message = `${target.project} belongs to ${other} already; give ${name} a project of its own`;
    return [{ path: ['environments', name, 'target', 'project'], message }];
  });
}

/** Two environments on one Deployment, or by one release of Helm, would roll out over each other. */
function deploymentTroubles({ environments }: Config): Trouble[] {
  const taken = new Map<string, string>();
  return Object.entries(environments).flatMap(([name, { target }]) => {
    if (target.kind !== 'kubernetes') return [];
    const { kubeconfig, context, namespace, deployment, chart } = target;
    const things = [{ what: deployment, path: ['deployment'] }];
    if (chart) things.push({ what: `Helm release ${chart.release ?? deployment}`, path: ['chart'] });
    return things.flatMap(({ what, path }) => {
      const place = JSON.stringify([kubeconfig, context, namespace, what]);
      const other = taken.get(place);
      taken.set(place, other ?? name);
      if (other === undefined) return [];
      const message = `${what} in namespace ${namespace} belongs to ${other} already; give ${name} one of its own, or another namespace or context`;
      return [{ path: ['environments', name, 'target', ...path], message }];
    });
  });
}

const everywhere = ['0.0.0.0', '::'];

function meet(one: string, other: string): boolean {
  const plain = (host: string) => (host === 'localhost' ? '127.0.0.1' : host);
  return plain(one) === plain(other) || everywhere.includes(one) || everywhere.includes(other);
}
