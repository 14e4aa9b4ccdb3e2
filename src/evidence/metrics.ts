import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import type { Metric } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';

const metric = z.object({
  value: z.number(),
  unit: z.string().max(20).optional(),
  samples: z.int().min(0).optional(),
});

/**
 * Our own format for anything that measures: `{"metrics": {"p99": {"value": 12.3, "unit": "ms", "samples": 500}}}`.
 * `unit` and `samples` may be missing; a metric that rests on no samples proves nothing.
 */
export const metrics = jsonFormat({
  name: 'metrics',
  kind: 'metrics',
  title: 'metrics',
  detect: (head) => /^\s*\{\s*"metrics"\s*:\s*\{\s*"[^"]*"\s*:\s*\{\s*"(value|unit|samples)"/.test(head),
  schema: z.object({ metrics: z.record(z.string().regex(/^[A-Za-z][\w.-]{0,99}$/), metric) }),
  interpret({ metrics: measured }) {
    const entries = Object.entries(measured);
    if (entries.length === 0) throw new Unreadable('nothing was measured: `metrics` is empty');
    const problems = entries
      .filter(([, { samples }]) => samples === 0)
      .map(([name]) => `${name} rests on no samples`);
    return {
      format: 'metrics',
      kind: 'metrics',
      conclusive: problems.length === 0,
      problems,
      metrics: Object.fromEntries(entries.map(([name, read]) => [name, withoutGaps(read)])),
    };
  },
});

function withoutGaps({ value, unit, samples }: z.output<typeof metric>): Metric {
  return {
    value,
    ...(unit === undefined ? {} : { unit: cleanLine(unit) }),
    ...(samples === undefined ? {} : { samples }),
  };
}
