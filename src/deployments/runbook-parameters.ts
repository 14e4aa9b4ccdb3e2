import { fits, type RunbookConfig, type RunbookParameter } from '../config/runbooks.ts';
import { DevopsError } from '../errors.ts';

/** Values for a runbook: each known, of its type, within its bounds. Nothing else reaches a command. Pure. */

export type ParameterValue = string | number | boolean;

/**
 * @returns every parameter with its value, in the order of the configuration
 * @throws INVALID_ARGUMENTS naming the first that is unknown, missing or not allowed, and what is
 */
export function readParameters(
  { parameters }: Pick<RunbookConfig, 'parameters'>,
  given: Readonly<Record<string, unknown>>,
): Record<string, ParameterValue> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parameters, name));
  if (unknown !== undefined) {
    const names = Object.keys(parameters);
    throw wrong(
      `there is no parameter "${unknown}"`,
      names.length > 0 ? `It takes ${names.join(', ')}.` : 'It takes none.',
    );
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
      if (value === undefined) throw wrong(`parameter "${name}" is missing`, `Give ${expected(parameter)}.`);
      if (!fits(value, parameter)) {
        throw wrong(`parameter "${name}" cannot be ${JSON.stringify(value)}`, `Give ${expected(parameter)}.`);
      }
      return [name, value as ParameterValue];
    }),
  );
}

/** `replicaCount` as `PARAM_REPLICA_COUNT`. */
export function parameterVariables(values: Readonly<Record<string, ParameterValue>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `PARAM_${name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`,
      String(value),
    ]),
  );
}

function expected(parameter: RunbookParameter): string {
  switch (parameter.type) {
    case 'integer':
      return `a whole number from ${parameter.minimum} to ${parameter.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${parameter.of.join(', ')}`;
    case 'text':
      return `a text that matches ${parameter.pattern}`;
  }
}

function wrong(message: string, remedy: string): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', message, { remedy });
}
