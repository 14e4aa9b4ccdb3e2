import { type FieldPath, type FieldRole, locateField } from './dialects.ts';
import { isObject, type JsonObject } from './json-values.ts';

/** The entry that a new one is shaped after. */

const tellingRoles: readonly FieldRole[] = [
  'id',
  'title',
  'description',
  'type',
  'status',
  'priority',
  'agent',
  'dependencies',
  'created',
];

/** For an empty file: the dialect in which agents write theirs. */
export const plainTemplate: JsonObject = {
  task_id: '',
  type: '',
  status: '',
  agent: '',
  priority: '',
  payload: { title: '', description: '' },
  created_at: '',
};

/** For an empty index of stubs beside files of their own. */
export const stubTemplate: JsonObject = {
  task_id: '',
  title: '',
  status: '',
  agent: '',
  type: '',
  priority: '',
  updated_at: '',
};

/** For a file whose tags are all empty: the dialect of task-master. */
export const taggedTemplate: JsonObject = {
  id: 0,
  title: '',
  description: '',
  status: '',
  dependencies: [],
  priority: '',
};

/** Of some entries, in the order of the file, the latest that says the most. */
export function templateAmong<Entry extends { entry: JsonObject }>(
  neighbours: readonly Entry[],
): Entry | undefined {
  let template: Entry | undefined;
  let most = 0;
  for (const neighbour of neighbours) {
    const count = tellingRoles.filter((role) => locateField(neighbour.entry, role)).length;
    if (count >= most) {
      template = neighbour;
      most = count;
    }
  }
  return template;
}

/** Where an entry of this shape keeps a fact, or would keep it. */
export function placeIn(template: JsonObject, role: FieldRole): FieldPath {
  const existing = locateField(template, role);
  if (existing) return existing;
  const inPayload =
    (role === 'cause' && isObject(template.payload)) ||
    (role === 'description' && locateField(template, 'title')?.[0] === 'payload');
  return inPayload ? ['payload', role] : [role];
}

/**
 * Brings fields into the order of the template. What the template has and the fields lack is left out, except for
 * lists: other programs count on theirs being there, so they are there, empty.
 */
export function arrangeLike(template: JsonObject, fields: JsonObject): JsonObject {
  const arranged: Record<string, unknown> = {};
  for (const [name, sample] of Object.entries(template)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (isObject(sample) && (field === undefined || isObject(field))) {
      const inner = arrangeLike(sample, field ?? {});
      if (field !== undefined || Object.keys(inner).length > 0) arranged[name] = inner;
    } else if (field !== undefined) {
      arranged[name] = field;
    } else if (Array.isArray(sample)) {
      arranged[name] = [];
    }
  }
  return {
    ...arranged,
    ...Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(arranged, name))),
  };
}
