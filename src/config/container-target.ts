import * as z from 'zod';
import { command, environmentValues, passEnvironment } from './commands.ts';
import { checkoutPath, duration, timeLimit } from './values.ts';

/** The `container` target of an environment: how images get there, and how a release runs behind haproxy. Pure. */

const port = z.int().min(1).max(65_535);

/** What a registry would be asked for, without tag and digest: those are ours to say. */
const repository = z.string().regex(/^[a-z0-9][a-z0-9._-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/, {
  error: 'must be a repository such as registry.example.com/shop, without a tag',
});

const runOption = z.string().regex(/^--?[A-Za-z]/, {
  error: 'must be one option with its value, such as --memory=512m or --network=shop',
});

/** Which image runs. The fields are those of every target that runs images. */
export const imageFields = {
  dockerfile: checkoutPath
    .optional()
    .describe(
      'File in the artifact from which its image is built, once for all environments. Without it the artifact is a reference that `artifact.build` prints (`artifact.path: "-"`).',
    ),
  repository: repository
    .optional()
    .describe(
      'Where a built image is pushed, so that an environment with another Docker gets the very same one by its digest. Not needed where all share one.',
    ),
};

export const containerTarget = z
  .strictObject({
    kind: z.literal('container'),
    port: port.describe('Fixed port of haproxy, which switches between the releases.'),
    host: z.string().min(1).default('127.0.0.1').describe('Address haproxy listens on.'),
    containerPort: port
      .default(8080)
      .describe(
        'Port on which the service listens in its container, on all addresses; it finds it in $PORT too.',
      ),
    ...imageFields,
    docker: command
      .default('docker')
      .describe('Docker or a program with its command line, such as `podman`; it must run containers here.'),
    haproxy: command.default('haproxy').describe('haproxy 2.5 or later.'),
    passEnvironment: passEnvironment.describe(
      "Names of the server's variables that the `docker` command gets besides PATH, HOME and the locale, for example DOCKER_HOST or DOCKER_CONFIG.",
    ),
    environment: environmentValues.default({}).describe('Extra environment variables of the service.'),
    passToService: passEnvironment.describe(
      "Names of the server's variables that the service gets. Whoever may ask Docker can read them.",
    ),
    options: z
      .array(runOption)
      .default([])
      .describe('Further options of `docker run`, for example `--memory=512m` or `--volume=shop:/data`.'),
    keep: z.int().min(2).default(3).describe('Releases whose image is kept for rollback.'),
    drain: duration.prefault('5s').describe('How long open requests of the old release may take to end.'),
    readyWithin: timeLimit
      .prefault('30s')
      .describe('How long a new container may take until it answers HTTP on its port.'),
    requestTimeout: timeLimit
      .prefault('60s')
      .describe('How long haproxy waits for an answer of a release before it gives the request up.'),
    timeout: timeLimit.prefault('10m').describe('Limit for pulling, building and pushing an image.'),
  })
  .describe(
    'A container per release on this machine, by Docker or Podman, behind a haproxy that switches between them without dropping a request.',
  );

export type ContainerTargetConfig = z.output<typeof containerTarget>;
