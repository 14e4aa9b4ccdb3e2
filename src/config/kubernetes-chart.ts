import * as z from 'zod';
import { command } from './commands.ts';
import { checkoutPath } from './values.ts';

/** The Helm chart of a `kubernetes` target: where it is, and which of its values get what a release is. Pure. */

const valueName = z
  .string()
  .regex(/^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/, {
    error: 'must be the name of a value, such as image.repository',
  })
  .refine((name) => !name.split('.').includes('__proto__'), { error: 'must not be __proto__' });

const inCommit = checkoutPath.refine((file) => file !== '-', { error: 'must be in the commit' });

export const kubernetesChart = z
  .strictObject({
    path: inCommit.describe(
      "Folder of the chart in the release's commit, with the charts that it depends on in its `charts/`: nothing is downloaded.",
    ),
    release: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/, {
        error: 'must be the name of a Helm release: lower-case letters, digits and -, 53 at most',
      })
      .optional()
      .describe('Name of the Helm release; that of the Deployment when missing.'),
    values: z
      .array(inCommit)
      .default([])
      .describe("Files of the release's commit with values, later ones over earlier ones."),
    set: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Values over those of the files, written as in one. Secrets do not belong here.'),
    valueNames: z
      .strictObject({
        repository: valueName
          .default('image.repository')
          .describe('Gets the image without its digest: `registry.example.com/shop@sha256`.'),
        tag: valueName
          .default('image.tag')
          .describe(
            'Gets the digest without its algorithm, so that `repository:tag` is the image by digest.',
          ),
        image: valueName
          .optional()
          .describe('Gets the whole reference instead of those two: `registry.example.com/shop@sha256:…`.'),
        labels: valueName
          .default('podLabels')
          .describe('Gets the labels of the release, which the pods must have.'),
        variables: valueName
          .optional()
          .describe(
            'Gets the variables of the release as a list of `name` and `value`, in the place of what else says that value. Without it the pods do not get them.',
          ),
        replicas: valueName
          .default('replicaCount')
          .describe('Gets the number of pods that `scaleService` was told, once it was.'),
      })
      .prefault({})
      .describe('Which values of the chart get what a release is. As `helm create` names them by default.'),
    helm: command.default('helm').describe('Helm from 3.13 on, or a program with its command line.'),
  })
  .describe('A Helm chart that is upgraded or installed with each release, instead of `manifest`.');

export type KubernetesChartConfig = z.output<typeof kubernetesChart>;
