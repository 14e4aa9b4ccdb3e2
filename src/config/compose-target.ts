import * as z from 'zod';
import { command, environmentValues, passEnvironment, scalable, serviceUrl } from './commands.ts';
import { imageFields } from './container-target.ts';
import { checkoutPath, timeLimit } from './values.ts';

/** The `compose` target of an environment: which compose file, and which of its services runs the release. Pure. */

export const composeTarget = z
  .strictObject({
    kind: z.literal('compose'),
    url: serviceUrl.describe('Where the service answers, for health and checks.'),
    file: checkoutPath
      .refine((file) => file !== '-', { error: 'must be a file of the commit' })
      .default('compose.yaml')
      .describe(
        "Compose file of the release's commit; the commit's own is what counts, with the files beside it.",
      ),
    service: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'must be the name of a service in the compose file' })
      .describe(
        'The service that runs the release: it gets its image, its version and its labels. Other services may use $DEVOPS_IMAGE.',
      ),
    project: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]*$/, {
        error: 'must begin with a lower-case letter or digit and have only those, - and _',
      })
      .optional()
      .describe(
        'Name of the Compose project. Naming it takes over one that is there already; without it `PROJECT-ENVIRONMENT`, which must be new.',
      ),
    ...imageFields,
    docker: command
      .default('docker')
      .describe('Docker; its plugin `docker compose` is used where it has one, else `docker-compose` 1.29.'),
    compose: command
      .optional()
      .describe('Used instead of what is found, for example `/opt/bin/docker-compose`.'),
    version: command
      .optional()
      .describe(
        'Prints the version that the instance serves whose container is $DEVOPS_INSTANCE and whose address is $DEVOPS_INSTANCE_ADDRESS, for example `curl -fs http://$DEVOPS_INSTANCE_ADDRESS:8080/version`. Run for each instance.',
      ),
    passEnvironment: passEnvironment.describe(
      "Names of the server's variables that `docker` and Compose get besides PATH, HOME and the locale: for the compose file to put in, or DOCKER_HOST.",
    ),
    environment: environmentValues
      .default({})
      .describe('Extra variables for the compose file to put in, and for `version`.'),
    passToService: passEnvironment.describe(
      "Names of the server's variables that the service gets. Whoever may ask Docker can read them.",
    ),
    scalable,
    keep: z.int().min(2).default(3).describe('Releases whose image and compose file are kept for rollback.'),
    readyWithin: timeLimit
      .prefault('60s')
      .describe(
        'How long the instances may take until they run, are healthy by their health check and serve the version.',
      ),
    timeout: timeLimit
      .prefault('10m')
      .describe('Limit for a call of Compose, and for pulling, building and pushing an image.'),
  })
  .describe(
    'Docker Compose: your compose file, with the image of the release. Instances are replaced at once, with a short outage unless a proxy in front hides it.',
  );

export type ComposeTargetConfig = z.output<typeof composeTarget>;
