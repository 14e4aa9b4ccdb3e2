import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { configSchema } from './schema.ts';

/** What zod found, in the words of people who edit the file. Pure. */

export interface Trouble {
  path: PropertyKey[] & (string | number)[];
  message: string;
  /** Whether the key itself is at fault, not its value. */
  atKey?: boolean;
}

type Issue = z.core.$ZodIssue;

export function describeIssues(issues: readonly Issue[], value: unknown): Trouble[] {
  return issues.flatMap((issue) => describe(issue, value));
}

function describe(issue: Issue, value: unknown): Trouble[] {
  const path = issue.path as (string | number)[];
  const found = show(valueAt(value, path));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `unknown key "${key}"${suggest(key, keysAllowedAt(path, value))}`,
        atKey: true,
      }));
    case 'invalid_type':
      if (valueAt(value, path) === undefined)
        return [{ path, message: `is missing; it must be ${article(issue.expected)}` }];
      if (!issue.message.startsWith('Invalid input'))
        return [{ path, message: `${issue.message}, found ${found}` }];
      return [{ path, message: `must be ${article(issue.expected)}, found ${found}` }];
    case 'invalid_value':
      return [
        {
          path,
          message: `must be ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}, found ${found}${suggest(String(valueAt(value, path)), issue.values.map(String))}`,
        },
      ];
    case 'invalid_union':
      return describeUnion(issue, path, value);
    case 'invalid_key':
      return [
        {
          path,
          message: `"${String(path.at(-1))}" cannot be a name here: use letters, digits, "-" and "_"`,
          atKey: true,
        },
      ];
    default:
      if (path.at(-1) === 'maxSeverity') {
        return [{ path, message: `must be none, low, moderate, high or critical, found ${found}` }];
      }
      return [{ path, message: `${issue.message.replace(/^Invalid input: /, '')}, found ${found}` }];
  }
}

/** Kinds are told apart by their `kind`; a gate's demand by its shape. */
function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: (string | number)[],
  value: unknown,
): Trouble[] {
  const found = valueAt(value, path);
  if ('discriminator' in issue && typeof issue.discriminator === 'string') {
    const parent = path.at(-1) === issue.discriminator ? path.slice(0, -1) : path;
    const kinds = kindsAllowedAt(parent);
    const kind = (valueAt(value, parent) as { kind?: unknown } | undefined)?.kind;
    const allowed = kinds.length > 0 ? `: use ${kinds.join(' or ')}` : '';
    return [
      {
        path: [...parent, issue.discriminator],
        message: `unknown kind ${show(kind)}${allowed}${suggest(String(kind), kinds)}`,
      },
    ];
  }
  if (path.includes('gate')) {
    if (found !== null && typeof found === 'object') {
      const inner = issue.errors
        .map((errors) => errors.filter(({ path: below }) => below.length > 0))
        .find((errors) => errors.length > 0);
      const detail = inner?.map(({ path: below, message }) => `${below.join('.')} ${message}`).join('; ');
      return [
        {
          path,
          message: `must be { maxSeverity: low|moderate|high|critical|none } or metric limits such as { p99: "<= 250 ms" }${detail ? `; ${detail}` : ''}`,
        },
      ];
    }
    return [
      {
        path,
        message: `must be a pass rate such as 100% or ">= 95%", { maxSeverity: … } or metric limits, found ${show(found)}`,
      },
    ];
  }
  return [{ path, message: `does not fit any allowed form, found ${show(found)}` }];
}

/** `did you mean` only where the nearest name is near. */
export function suggest(found: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(found, known);
  if (distance(found, nearest) <= Math.max(2, Math.floor(found.length / 3)))
    return `; did you mean "${nearest}"?`;
  return `; allowed are ${known.join(', ')}`;
}

function keysAllowedAt(path: readonly (string | number)[], value: unknown): string[] {
  let schema: SchemaNode | undefined = configSchema as unknown as SchemaNode;
  let at: unknown = value;
  for (const key of path) {
    schema = child(unwrap(schema, at), key);
    at = valueAt(at, [key]);
  }
  return Object.keys(unwrap(schema, at)?.def.shape ?? {});
}

function kindsAllowedAt(path: readonly (string | number)[]): string[] {
  let schema: SchemaNode | undefined = configSchema as unknown as SchemaNode;
  for (const key of path) schema = child(unwrap(schema, undefined), key);
  const options = bare(schema)?.def.options ?? [];
  return options.flatMap(({ def }) => def.shape?.kind?.def.values ?? []);
}

/** The few parts of zod's definitions that we walk. */
interface SchemaNode {
  def: {
    type: string;
    shape?: Record<string, SchemaNode>;
    innerType?: SchemaNode;
    valueType?: SchemaNode;
    element?: SchemaNode;
    options?: SchemaNode[];
    values?: string[];
  };
}

function child(schema: SchemaNode | undefined, key: string | number): SchemaNode | undefined {
  if (typeof key === 'number') return schema?.def.element;
  return schema?.def.shape?.[key] ?? schema?.def.valueType;
}

/** Without its defaults and optionality. */
function bare(schema: SchemaNode | undefined): SchemaNode | undefined {
  let node = schema;
  while (node?.def.innerType) node = node.def.innerType;
  return node;
}

/** Also through a union of kinds, following the kind that the value names. */
function unwrap(schema: SchemaNode | undefined, value: unknown): SchemaNode | undefined {
  const node = bare(schema);
  if (!node?.def.options) return node;
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  return (
    node.def.options.find(({ def }) => def.shape?.kind?.def.values?.includes(kind as string)) ??
    node.def.options[0]
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping'; // may refer to itself: YAML can
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function article(type: string): string {
  const names: Record<string, string> = {
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return names[type] ?? `a ${type}`;
}
