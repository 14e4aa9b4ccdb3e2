import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Pocket } from '../../e2e/pocket.ts';
import { type PrivateDocker, startDocker } from '../../testbed/docker.ts';

/** A Docker for a pocket project, whose service is told to run in a container of it. */
export async function dockerFor(pocket: Pocket): Promise<PrivateDocker> {
  const docker = await startDocker();
  Object.assign(pocket.environment, docker.environment);
  await pocket.edit('service.mjs', (text) => text.replace("'127.0.0.1'", "'0.0.0.0'"));
  await fs.writeFile(
    path.join(pocket.dir, 'Dockerfile'),
    'FROM testbed/node\nCOPY . /service/\nCMD ["/usr/bin/node", "service.mjs"]\n',
  );
  return docker;
}
