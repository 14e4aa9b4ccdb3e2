import { suggest, type Trouble } from './issues.ts';
import { fits } from './runbooks.ts';
import type { Config } from './schema.ts';

/** What the shape of a runbook alone cannot say: an environment that exists, defaults that may be given. Pure. */
export function runbookTroubles({ runbooks, environments }: Config): Trouble[] {
  return Object.entries(runbooks).flatMap(([name, { environment, parameters }]) => [
    ...(Object.hasOwn(environments, environment)
      ? []
      : [
          {
            path: ['runbooks', name, 'environment'],
            message: `there is no environment "${environment}"${suggest(environment, Object.keys(environments))}`,
          },
        ]),
    ...Object.entries(parameters).flatMap(([parameter, shape]) =>
      shape.default === undefined || fits(shape.default, shape)
        ? []
        : [
            {
              path: ['runbooks', name, 'parameters', parameter, 'default'],
              message: 'is not a value that the parameter takes',
            },
          ],
    ),
  ]);
}
