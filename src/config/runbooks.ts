import * as z from 'zod';
import { command, passEnvironment } from './commands.ts';
import { pattern, plainName, timeLimit } from './values.ts';

/** Changes of infrastructure as `devops.yaml` describes them: commands with parameters, none of which is free text. */

const parameterName = z.string().regex(/^[a-z][A-Za-z0-9]*$/, {
  error: 'must begin with a small letter and have only letters and digits, such as replicaCount',
});
const about = z.string().optional().describe('What the parameter means, for whoever has to choose.');

const parameter = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('integer'),
      minimum: z.int().describe('Smallest value.'),
      maximum: z.int().describe('Largest value.'),
      default: z.int().optional().describe('Taken where none is given.'),
      description: about,
    })
    .describe('A whole number.'),
  z
    .strictObject({
      type: z.literal('boolean'),
      default: z.boolean().optional().describe('Taken where none is given.'),
      description: about,
    })
    .describe('Yes or no; the command gets `true` or `false`.'),
  z
    .strictObject({
      type: z.literal('choice'),
      of: z.array(z.string().min(1)).min(1).describe('The values that may be given.'),
      default: z.string().optional().describe('Taken where none is given.'),
      description: about,
    })
    .describe('One of a few words.'),
  z
    .strictObject({
      type: z.literal('text'),
      pattern: pattern.describe(
        'Regular expression that the whole value must match, for example `[a-z0-9-]{1,30}`.',
      ),
      default: z.string().optional().describe('Taken where none is given.'),
      description: about,
    })
    .describe('A short text of a known form.'),
]);

const runbook = z
  .strictObject({
    description: z.string().min(1).describe('What it changes, for whoever has to choose.'),
    environment: z
      .string()
      .describe('Environment that it changes: its gate, approvals, freeze windows and lock count for it.'),
    parameters: z
      .record(parameterName, parameter)
      .default({})
      .describe('By name. The commands get `replicaCount` as the variable `PARAM_REPLICA_COUNT`.'),
    plan: command.optional().describe('Says what `apply` would change, and changes nothing.'),
    apply: command.describe('Makes the change, in a clean checkout of the commit.'),
    verify: command.optional().describe('Exit code 0 when the change is there and well.'),
    undo: command
      .optional()
      .describe('Takes the change back when `apply` or `verify` failed. Without it people are called.'),
    repeatable: z
      .boolean()
      .default(false)
      .describe(
        'Whether `apply` may be run once more after its runner was killed in it. If not, the state is unknown then and people are called.',
      ),
    passEnvironment,
    timeout: timeLimit.prefault('10m').describe('Limit for each of the commands.'),
  })
  .describe('One change of infrastructure or monitoring.');

export const runbooks = z
  .record(plainName, runbook)
  .default({})
  .describe('Changes of infrastructure and monitoring that `runRunbook` may make, by name.');

export type RunbookConfig = z.output<typeof runbook>;
export type RunbookParameter = z.output<typeof parameter>;

const longestText = 1_000;

/** Whether a value is one that the parameter takes. */
export function fits(value: unknown, parameter: RunbookParameter): boolean {
  switch (parameter.type) {
    case 'integer':
      return (
        Number.isInteger(value) && Number(value) >= parameter.minimum && Number(value) <= parameter.maximum
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && parameter.of.includes(value);
    case 'text':
      return (
        typeof value === 'string' &&
        value.length <= longestText &&
        !/\p{Cc}/u.test(value) &&
        new RegExp(`^(?:${parameter.pattern})$`, 'u').test(value)
      );
  }
}
