import * as z from 'zod';
import { command, passEnvironment, scalable, serviceUrl } from './commands.ts';
import { kubernetesChart } from './kubernetes-chart.ts';
import { checkoutPath, jsonPath, timeLimit } from './values.ts';

/** The `kubernetes` target of an environment: which Deployment runs the release, and how its pods say so. Pure. */

const objectName = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, {
  error: 'must be the name of a Kubernetes object: lower-case letters, digits, - and .',
});

export const kubernetesTarget = z
  .strictObject({
    kind: z.literal('kubernetes'),
    url: serviceUrl.describe('Where the service answers, for health and checks.'),
    deployment: objectName.describe('The Deployment that runs the release.'),
    container: objectName
      .optional()
      .describe('Its container that gets the image; the name of the Deployment when missing.'),
    manifest: checkoutPath
      .refine((file) => file !== '-', { error: 'must be a file of the commit' })
      .optional()
      .describe(
        "YAML file of the release's commit with the Deployment, and what else it has, which is applied with each release. Without it, and without `chart`, only image, labels and variables of the Deployment in the cluster are changed.",
      ),
    chart: kubernetesChart.optional(),
    namespace: objectName.default('default').describe('Namespace of all that.'),
    context: z
      .string()
      .regex(/^[^-\s]\S*$/, { error: 'must be the name of a context of the kubeconfig' })
      .optional()
      .describe('Context of the kubeconfig; its current one when missing, which anybody may change.'),
    kubeconfig: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Kubeconfig file, relative to the project. Without it what KUBECONFIG or ~/.kube/config name.',
      ),
    kubectl: command.default('kubectl').describe('kubectl, or a program with its command line.'),
    version: z
      .strictObject({
        port: z.int().min(1).max(65_535).describe('Port of the pods.'),
        path: z
          .string()
          .startsWith('/', { error: 'must begin with a /' })
          .default('/')
          .describe('Path there.'),
        json: jsonPath
          .optional()
          .describe('Where the version stands in a JSON answer; else the answer is it.'),
      })
      .optional()
      .describe('How each pod says which version it serves, asked over the proxy of the API server.'),
    scalable,
    passEnvironment: passEnvironment.describe(
      "Names of the server's variables that kubectl and Helm get besides PATH, HOME and the locale, for example KUBECONFIG.",
    ),
    readyWithin: timeLimit
      .prefault('5m')
      .describe('How long a rollout may take; it ends earlier by the progress deadline of the Deployment.'),
    timeout: timeLimit.prefault('1m').describe('Limit for each other call of kubectl and Helm.'),
  })
  .refine(({ manifest, chart }) => manifest === undefined || chart === undefined, {
    path: ['chart'],
    error: 'stands beside manifest, and a release is brought by one of them: take the other away',
  })
  .describe(
    'A Deployment of a Kubernetes cluster, by kubectl or a Helm chart: the image by its digest, rolled out by Kubernetes itself.',
  );

export type KubernetesTargetConfig = z.output<typeof kubernetesTarget>;
