import type { z } from 'zod';
import { type Config, type check, configSchema, type environment } from './schema.ts';

/**
 * What of a configuration with wrong parts can still be held against the rest, so that one reading reports every
 * problem. Wrong parts are replaced by ones that cause no further trouble; their names stay known. Pure.
 */
export function validParts(value: unknown, issues: readonly z.core.$ZodIssue[]): Config | undefined {
  if (!isMapping(value)) return undefined;
  const wrong = new Set(issues.flatMap(wrongPartsOf));
  return configSchema.safeParse({
    project: '-',
    artifact: wrong.has('artifact') ? harmlessArtifact(value.artifact) : value.artifact,
    checks: mapped(value.checks, (name, one) => (wrong.has(`checks/${name}`) ? harmlessCheck : one)),
    environments: mapped(value.environments, (name, one) => mended(one, wrong, `environments/${name}`)),
    approvers: mapped(value.approvers, () => ({ allowedSigners: '-' })),
    producers: mapped(value.producers, () => ({ allowedSigners: '-' })),
  }).data;
}

type Mapping = Record<string, unknown>;

const harmlessCheck: z.input<typeof check> = { run: '-', report: { path: '-' } };
/** Tells its version and stages nothing: no rule has anything to say of it. */
const harmlessTarget: z.input<typeof environment>['target'] = {
  kind: 'command',
  url: 'http://localhost',
  deploy: '-',
  rollback: '-',
  version: '-',
};

/** Whether it is an image or files decides which targets fit. */
function harmlessArtifact(written: unknown): unknown {
  return { build: '-', path: isMapping(written) && written.path === '-' ? '-' : '.' };
}

/** Every prefix of where an issue is: `checks`, `checks/unit`, `checks/unit/run`. */
function wrongPartsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String);
  const places = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...at, key]) : [at];
  return places.flatMap((place) => place.map((_, index) => place.slice(0, index + 1).join('/')));
}

function mended(value: unknown, wrong: ReadonlySet<string>, at: string): unknown {
  const fields = isMapping(value) ? value : {};
  if (!wrong.has(at) && isMapping(value)) return value;
  const kept = Object.entries(fields).flatMap(([name, field]): [string, unknown][] => {
    if (!wrong.has(`${at}/${name}`)) return [[name, field]];
    if (name !== 'gate' || !isMapping(field)) return [];
    return [
      [name, Object.fromEntries(Object.entries(field).filter(([key]) => !wrong.has(`${at}/gate/${key}`)))],
    ];
  });
  const mended: Mapping = Object.fromEntries(kept);
  if (mended.target !== undefined && !wrong.has(`${at}/health`)) return mended;
  // Strategy and health are judged by the target that they belong to.
  const { strategy: _strategy, health: _health, ...rest } = mended;
  return { ...rest, target: harmlessTarget };
}

function mapped(value: unknown, one: (name: string, value: unknown) => unknown): Mapping {
  if (!isMapping(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, one(name, entry)]));
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
