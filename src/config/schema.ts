import { z } from 'zod';
import { duration, threshold } from './values.ts';

/**
 * The shape of `devops.yaml`. The reference in docs/configuration.md and the JSON Schema shipped with the
 * package are generated from here, so every field carries its description.
 */

const command = z.string().min(1);
const environmentValues = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.coerce.string());

const report = z
  .strictObject({
    format: z
      .string()
      .optional()
      .describe('Report format, for example junit, tap, sarif. Detected from the content when missing.'),
    path: z
      .string()
      .default('-')
      .describe('File the command writes, relative to the checkout; "-" means its standard output.'),
  })
  .describe('Where the proof is.');

export const check = z.strictObject({
  run: command.describe('Command, run by sh in a clean checkout of the exact commit.'),
  report: report.default({ format: 'exitCode', path: '-' }),
  prepare: command.optional().describe('Command run first in the same checkout, for example npm ci.'),
  timeout: duration.prefault('10m').describe('The whole process group is ended after this time.'),
  against: z
    .string()
    .optional()
    .describe('Environment whose running release of this commit is tested; gives TARGET_URL.'),
  environment: environmentValues.default({}).describe('Extra environment variables.'),
  passEnvironment: z
    .array(z.string())
    .default([])
    .describe('Names of variables of the server handed through; none are by default but PATH and HOME.'),
  validFor: duration.prefault('24h').describe('How long the evidence counts.'),
});

const artifact = z
  .strictObject({
    prepare: command.optional().describe('Command run before the build in the clean checkout.'),
    build: command
      .optional()
      .describe('Command that builds; without one the checkout itself is the artifact.'),
    path: z.string().default('.').describe('What becomes the artifact, relative to the checkout.'),
    timeout: duration.prefault('10m'),
  })
  .prefault({})
  .describe('How the one artifact that every environment gets is built.');

export const severities = ['low', 'moderate', 'medium', 'high', 'critical'] as const;

const findingsRequirement = z.strictObject({
  maxSeverity: z
    .enum(['none', ...severities])
    .describe('The worst severity that may still be present; `none` allows no finding at all.'),
});
const metricsRequirement = z
  .record(z.string(), threshold)
  .refine((limits) => Object.keys(limits).length > 0, { error: 'must name at least one metric' });

export const requirement = z.union([threshold, findingsRequirement, metricsRequirement]);

const gate = z
  .object({
    review: z
      .literal('approved')
      .optional()
      .describe('The commit was approved by a reviewer who is not its author (`devops-engineer review`).'),
    monitoring: z
      .literal('configured')
      .optional()
      .describe('Health, metrics and a notification channel exist and really answer.'),
    rollback: z.literal('verified').optional().describe('The release to go back to can be restored.'),
  })
  .catchall(requirement)
  .describe('What must be proven before a release may enter. Other keys are names of checks.');

const health = z.strictObject({
  path: z.string().startsWith('/').default('/healthz'),
  version: z
    .string()
    .startsWith('$')
    .optional()
    .describe('Where the served version stands in the JSON answer, for example $.version.'),
  interval: duration.prefault('1s'),
  healthyAfter: z.int().min(1).default(3).describe('Probes in a row that must be good.'),
  timeout: duration.prefault('60s').describe('How long a release may take to become healthy.'),
});

const target = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('process'),
    run: command.describe('Starts the service; it must listen on $PORT.'),
    port: z.int().min(1).max(65_535).describe('Fixed port of the front proxy.'),
    host: z.string().default('127.0.0.1'),
    environment: environmentValues.default({}),
    passEnvironment: z.array(z.string()).default([]),
    keep: z.int().min(2).default(3).describe('Releases kept for rollback.'),
    drain: duration.prefault('5s').describe('How long open requests of the old release may take to end.'),
  }),
  z.strictObject({
    kind: z.literal('command'),
    url: z.url().describe('Where the service answers, for health and checks.'),
    deploy: command.describe('Brings DEVOPS_ARTIFACT live and returns when it is.'),
    rollback: command.describe('Brings DEVOPS_VERSION, which was live before, back.'),
    status: command.optional().describe('Exit code 0 when the service is up.'),
    version: command.optional().describe('Prints the version that is live.'),
    restorable: command.optional().describe('Exit code 0 when DEVOPS_VERSION can be brought back.'),
    environment: environmentValues.default({}),
    passEnvironment: z.array(z.string()).default([]),
    timeout: duration.prefault('10m').describe('Limit for each of the commands.'),
  }),
]);

const analysis = z
  .strictObject({
    errorRate: threshold.optional().describe('Share of failed answers, for example "<= 1%".'),
    p95: threshold.optional().describe('95th percentile of the answer time, for example "<= 300 ms".'),
    p99: threshold.optional(),
    minRequests: z.int().min(1).default(50).describe('Requests needed before the numbers count.'),
  })
  .describe('Limits on the real traffic of the new release while it is watched.');

const strategy = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('allAtOnce'),
      bake: duration.prefault('10s').describe('How long the release is watched after the switch.'),
      analysis: analysis.optional(),
    }),
    z.strictObject({
      kind: z.literal('blueGreen'),
      bake: duration
        .prefault('30s')
        .describe('How long the release is watched while the old one stays warm.'),
      analysis: analysis.optional(),
    }),
  ])
  .prefault({ kind: 'allAtOnce' });

const approvals = z.strictObject({
  required: z.int().min(1).default(1),
  from: z.array(z.string()).min(1).describe('Roles of `approvers`; any of them may answer.'),
  level: z.enum(['signed', 'unverified']).default('signed'),
  expires: duration.prefault('24h'),
});

const freeze = z.strictObject({
  from: z
    .string()
    .regex(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be like "Fri 16:00"' }),
  to: z
    .string()
    .regex(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be like "Mon 08:00"' }),
  timezone: z.string().default('UTC').describe('IANA name, for example Europe/Berlin.'),
});

export const environment = z.strictObject({
  after: z
    .string()
    .optional()
    .describe('Environment where the very same artifact must have been deployed successfully first.'),
  gate: gate.prefault({}),
  target,
  strategy,
  health: health.prefault({}),
  metrics: z
    .strictObject({ path: z.string().startsWith('/').default('/metrics') })
    .optional()
    .describe('Prometheus text endpoint of the service.'),
  validate: z
    .array(z.string())
    .default([])
    .describe('Checks run against the environment right after the switch; a failure rolls back.'),
  approvals: approvals.optional(),
  freeze: z
    .array(freeze)
    .default([])
    .describe('Times at which nothing is deployed here; rollbacks always are.'),
});

export const notificationEvents = [
  'deployed',
  'failed',
  'rolledBack',
  'gateFailed',
  'approvalNeeded',
  'humanNeeded',
] as const;

const notification = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.string().describe('URL, or $NAME of the environment variable that holds it.'),
    on: z.array(z.enum(notificationEvents)).min(1),
  }),
  z.strictObject({
    kind: z.literal('command'),
    run: command.describe('Gets the event as JSON on standard input.'),
    on: z.array(z.enum(notificationEvents)).min(1),
  }),
]);

export const configSchema = z.strictObject({
  project: z.string().min(1).describe('Name of the project, used in documents and notifications.'),
  tasks: z.string().optional().describe('The tasks file; found by itself at the usual places.'),
  humanRequests: z.string().default('human-requests.md'),
  checks: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/), check).default({}),
  artifact,
  environments: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), environment),
  approvers: z
    .record(
      z.string(),
      z.strictObject({
        allowedSigners: z
          .string()
          .describe('File in OpenSSH allowed_signers format, relative to the project.'),
      }),
    )
    .default({})
    .describe('Who may approve, by role. The role `reviewer` answers for code review.'),
  notify: z.array(notification).default([]),
});

export type Config = z.output<typeof configSchema>;
export type EnvironmentConfig = Config['environments'][string];
export type CheckConfig = Config['checks'][string];
export type TargetConfig = EnvironmentConfig['target'];
export type ProcessTargetConfig = Extract<TargetConfig, { kind: 'process' }>;
export type CommandTargetConfig = Extract<TargetConfig, { kind: 'command' }>;
export type StrategyConfig = EnvironmentConfig['strategy'];
export type AnalysisLimits = NonNullable<StrategyConfig['analysis']>;
export type HealthConfig = EnvironmentConfig['health'];
export type Requirement = z.output<typeof requirement>;
export type NotificationEvent = (typeof notificationEvents)[number];
