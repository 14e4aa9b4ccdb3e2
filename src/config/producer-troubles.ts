import { suggest, type Trouble } from './issues.ts';
import type { Config } from './schema.ts';

/** What checks and producers must have in common. Pure. */
export function producerTroubles(config: Config): Trouble[] {
  return [
    ...Object.keys(config.checks).flatMap((name) => checkTroubles(config, name)),
    ...Object.entries(config.environments).flatMap(([name, { validate }]) =>
      validate.flatMap((check, index) => {
        if (!Object.hasOwn(config.checks, check) || config.checks[check]?.run !== undefined) return [];
        const path = ['environments', name, 'validate', index];
        return [{ path, message: `check "${check}" has no command to run against ${name}` }];
      }),
    ),
  ];
}

function checkTroubles({ checks, producers }: Config, name: string): Trouble[] {
  const { run, attestedBy, statement } = checks[name] ?? {};
  const troubles: Trouble[] = [];
  for (const [index, producer] of (attestedBy ?? []).entries()) {
    if (Object.hasOwn(producers, producer)) continue;
    troubles.push({
      path: ['checks', name, 'attestedBy', index],
      message: `there is no producer "${producer}"${suggest(producer, Object.keys(producers))}`,
    });
  }
  if (run === undefined && attestedBy === undefined) {
    troubles.push({
      path: ['checks', name, 'run'],
      message: 'is missing: nothing could prove this check. Give a command, or attestedBy with a producer',
    });
  }
  if (statement !== undefined && attestedBy === undefined) {
    troubles.push({
      path: ['checks', name, 'statement'],
      message: 'needs attestedBy: say whose statements count',
      atKey: true,
    });
  }
  if (statement?.kind === 'provenance' && run !== undefined) {
    troubles.push({
      path: ['checks', name, 'run'],
      message: 'cannot stand beside a statement of provenance: no command proves who built the artifact',
      atKey: true,
    });
  }
  return troubles;
}
