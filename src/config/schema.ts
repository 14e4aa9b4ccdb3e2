import * as z from 'zod';
import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { command, environmentValues, passEnvironment, serviceUrl, variableName } from './commands.ts';
import { composeTarget } from './compose-target.ts';
import { containerTarget } from './container-target.ts';
import { gate, type requirement } from './demands.ts';
import { escalation } from './escalation.ts';
import { kubernetesTarget } from './kubernetes-target.ts';
import { notification } from './notify.ts';
import { attestedBy, producers, statement } from './producers.ts';
import { retention } from './retention.ts';
import { reviews } from './reviews.ts';
import { runbooks } from './runbooks.ts';
import { sshTarget } from './ssh-target.ts';
import { strategy } from './strategies.ts';
import { checkoutPath, duration, jsonPath, plainName, timeLimit, validity } from './values.ts';

/**
 * The shape of `devops.yaml`. The reference in docs/configuration.md and the JSON Schema shipped with the
 * package are generated from here, so every field carries its description.
 */

const report = z
  .strictObject({
    format: z
      .string()
      .optional()
      .describe('Report format, for example junit, tap, sarif. Detected from the content when missing.'),
    path: checkoutPath
      .default('-')
      .describe('File the command writes, relative to the checkout; `-` means its standard output.'),
  })
  .describe('Where the proof is. Without a report the exit code is the proof: one test, passed with 0.');

export const check = z.strictObject({
  run: command
    .optional()
    .describe(
      'Command, run by sh in a clean checkout of the exact commit. Without one only a signed statement counts.',
    ),
  report: report.default({ format: 'exitCode', path: '-' }),
  prepare: command.optional().describe('Command run first in the same checkout, for example `npm ci`.'),
  lockFiles: z
    .array(checkoutPath)
    .optional()
    .describe(
      'The files that decide what `prepare` makes: it then runs beside them alone, and what it made is reused while they are the same. Known by themselves for plain installs of npm, pnpm, yarn and bun whose packages run no scripts of their own; `[]` never reuses.',
    ),
  timeout: timeLimit.prefault('10m').describe('The whole process group is ended after this time.'),
  against: z
    .string()
    .optional()
    .describe('Environment whose running release of this commit is tested; gives TARGET_URL.'),
  environment: environmentValues.default({}).describe('Extra environment variables.'),
  passEnvironment,
  validFor: validity.prefault('24h').describe('How long the evidence counts.'),
  attestedBy,
  statement,
});

const artifact = z
  .strictObject({
    prepare: command.optional().describe('Command run before the build in the clean checkout.'),
    build: command
      .optional()
      .describe('Command that builds; without one the checkout itself is the artifact.'),
    path: checkoutPath
      .default('.')
      .describe(
        'What becomes the artifact, relative to the checkout. `-`: the reference of an image, `name@sha256:…`, which `build` prints as its last line.',
      ),
    timeout: timeLimit.prefault('10m').describe('Limit for each of the two commands.'),
  })
  .prefault({})
  .describe('How the one artifact that every environment gets is built.');

const absoluteUrlPath = z.string().startsWith('/', { error: 'must begin with a /' });

const health = z.strictObject({
  path: absoluteUrlPath.default('/healthz').describe('Health endpoint; a status from 200 to 299 is healthy.'),
  version: jsonPath
    .optional()
    .describe(
      'Where the served version (DEVOPS_VERSION) stands in the JSON answer, for example `$.version`. Needed unless the target has a `version` command.',
    ),
  interval: timeLimit.prefault('1s').describe('Pause between two probes.'),
  healthyAfter: z.int().min(1).default(3).describe('Probes in a row that must be good.'),
  timeout: timeLimit.prefault('60s').describe('How long a release may take to become healthy.'),
});

const target = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('process'),
        run: command.describe('Starts the service from the unpacked artifact; it must listen on $PORT.'),
        port: z.int().min(1).max(65_535).describe('Fixed port of the front proxy.'),
        host: z.string().min(1).default('127.0.0.1').describe('Address the front proxy listens on.'),
        environment: environmentValues.default({}).describe('Extra environment variables of the service.'),
        passEnvironment,
        keep: z.int().min(2).default(3).describe('Releases kept for rollback.'),
        drain: duration.prefault('5s').describe('How long open requests of the old release may take to end.'),
      })
      .describe(
        'Supervised processes on this machine, one per release, behind a front proxy that switches between them without dropping a request.',
      ),
    z
      .strictObject({
        kind: z.literal('command'),
        url: serviceUrl.describe('Where the service answers, for health and checks.'),
        deploy: command.describe('Brings DEVOPS_ARTIFACT live and returns when it is.'),
        rollback: command.describe('Brings DEVOPS_VERSION, which was live before, back.'),
        status: command.optional().describe('Exit code 0 when the service is up.'),
        version: command.optional().describe('Prints the version that is live.'),
        restorable: command.optional().describe('Exit code 0 when DEVOPS_VERSION can be brought back.'),
        environment: environmentValues.default({}).describe('Extra environment variables of the commands.'),
        passEnvironment,
        timeout: timeLimit.prefault('10m').describe('Limit for each of the commands.'),
      })
      .describe('Whatever tool you deploy with, as commands.'),
    sshTarget,
    containerTarget,
    composeTarget,
    kubernetesTarget,
  ])
  .describe('Where the release goes.');

const approvals = z
  .strictObject({
    required: z.int().min(1).default(1).describe('How many different people must approve.'),
    from: z.array(z.string()).min(1).describe('Roles of `approvers`; any of them may answer.'),
    level: z
      .enum(['signed', 'unverified'])
      .default('signed')
      .describe('`signed`: with an SSH key of the role. `unverified` believes who says so.'),
    expires: validity.prefault('24h').describe('How long an approval counts.'),
  })
  .describe('Whose approval a deployment waits for.');

const timeOfWeek = z
  .string()
  .regex(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be like "Fri 16:00"' });

const freeze = z.strictObject({
  from: timeOfWeek.describe('First minute of the window, for example `Fri 16:00`.'),
  to: timeOfWeek.describe('First minute after it, for example `Mon 08:00`.'),
  timezone: z.string().default('UTC').describe('IANA name, for example Europe/Berlin.'),
});

export const environment = z.strictObject({
  after: z
    .string()
    .optional()
    .describe(
      'Environment where the very same artifact must have been deployed first, and stayed healthy: live there and well, or replaced by a later good release.',
    ),
  gate: gate.prefault({}),
  target,
  strategy,
  health: health.prefault({}).describe('How a release shows that it is well, and which one it is.'),
  metrics: z
    .strictObject({
      path: absoluteUrlPath.default('/metrics').describe('Path of the endpoint.'),
    })
    .optional()
    .describe('Prometheus text endpoint of the service.'),
  alerts: alerts.optional(),
  validate: z
    .array(z.string())
    .default([])
    .describe('Checks run against the environment right after the switch; a failure rolls back.'),
  approvals: approvals.optional(),
  irreversibleMigrations: z
    .enum(['warn', 'refuse'])
    .default('warn')
    .describe(
      'What a rollback behind a commit with the trailer `Irreversible-Migration: <what it does>` comes to. Where it is refused after a failed deployment, people are called.',
    ),
  freeze: z
    .array(freeze)
    .default([])
    .describe('Weekly times at which nothing is deployed here; rollbacks always are.'),
});

export const configSchema = z.strictObject({
  project: z.string().min(1).describe('Name of the project, used in documents and notifications.'),
  tasks: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The tasks file. Found by itself at `tasks.json`, `.plan/tasks.json`, `.plan/tasks/index.json` or `.taskmaster/tasks/tasks.json`.',
    ),
  humanRequests: z
    .string()
    .min(1)
    .default('human-requests.md')
    .describe('Where requests to people are written.'),
  checks: z
    .record(plainName, check)
    .default({})
    .describe('How evidence is produced, by name. A gate refers to these names.'),
  artifact,
  environments: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, {
        error: 'must begin with a lower-case letter and have only lower-case letters, digits and -',
      }),
      environment,
    )
    .describe('Where releases go, by name, each with what it demands of them.'),
  approvers: z
    .record(
      z.string(),
      z.strictObject({
        allowedSigners: z
          .string()
          .min(1)
          .describe('File in OpenSSH allowed_signers format, relative to the project.'),
        revokedKeys: z
          .string()
          .min(1)
          .optional()
          .describe(
            'File of public keys that count no more, one a line, relative to the project: whatever allowedSigners says.',
          ),
      }),
    )
    .default({})
    .describe('Who may approve, by role. The role `reviewer` answers for code review.'),
  reviews,
  producers,
  runbooks,
  notify: z.array(notification).default([]).describe('Who is told what happened: docs/notifications.md.'),
  escalation,
  audit: audit.optional(),
  retention: retention.optional(),
  secrets: z
    .array(variableName)
    .optional()
    .describe(
      "Names of the server's variables whose values are secret although their names do not say so. Those whose names do, and the variables of `notify`, are known by themselves.",
    ),
});

export type Config = z.output<typeof configSchema>;
export type EnvironmentConfig = Config['environments'][string];
export type CheckConfig = Config['checks'][string];
export type TargetConfig = EnvironmentConfig['target'];
export type ProcessTargetConfig = Extract<TargetConfig, { kind: 'process' }>;
export type SshTargetConfig = Extract<TargetConfig, { kind: 'ssh' }>;
export type CommandTargetConfig = Extract<TargetConfig, { kind: 'command' }>;
export type { ComposeTargetConfig } from './compose-target.ts';
export type { ContainerTargetConfig } from './container-target.ts';
export type { KubernetesTargetConfig } from './kubernetes-target.ts';
export type StrategyConfig = EnvironmentConfig['strategy'];
export type AnalysisLimits = NonNullable<StrategyConfig['analysis']>;
export type { AnalysisProbe } from './analysis.ts';
export type HealthConfig = EnvironmentConfig['health'];
export type Requirement = z.output<typeof requirement>;
