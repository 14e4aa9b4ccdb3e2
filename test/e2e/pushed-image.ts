import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { PrivateDocker } from '../testbed/docker.ts';
import type { PrivateRegistry } from '../testbed/registry.ts';
import type { Pocket } from './pocket.ts';

/**
 * The service of a pocket project as an image: told to listen beyond loopback, with a build that pushes it and prints
 * its reference.
 * @returns the `artifact` of its policy
 */
export async function buildsPushedImage(
  pocket: Pocket,
  docker: PrivateDocker,
  registry: PrivateRegistry,
): Promise<{ build: string; path: string }> {
  await pocket.edit('service.mjs', (text) => text.replace("'127.0.0.1'", "'0.0.0.0'"));
  await fs.writeFile(
    path.join(pocket.dir, 'Dockerfile'),
    'FROM testbed/node\nCOPY . /service/\nCMD ["/usr/bin/node", "service.mjs"]\n',
  );
  await fs.writeFile(
    path.join(pocket.dir, 'build.sh'),
    `set -e
image=${registry.name}/shop:$DEVOPS_VERSION
docker build --quiet --tag $image .
docker push --quiet $image
docker image inspect --format '{{index .RepoDigests 0}}' $image
`,
  );
  const variables = Object.entries(docker.environment).map(([name, value]) => `${name}='${value}'`);
  return { build: `${variables.join(' ')} sh build.sh`, path: '-' };
}
