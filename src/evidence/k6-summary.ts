import * as z from 'zod';
import type { K6Metric, K6Threshold } from './k6-thresholds.ts';
import { Unreadable } from './unreadable.ts';

/** By its expression: whether it failed (`--summary-export`), or whether it is ok (`handleSummary`). */
const thresholds = z.record(z.string(), z.union([z.boolean(), z.object({ ok: z.boolean() })])).nullish();

/** `--summary-export`: the values stand beside the thresholds. */
const flat = z.object({ thresholds }).catchall(z.unknown());

/** `handleSummary(data)`. */
const nested = z.object({ thresholds, values: z.record(z.string(), z.unknown()) }).catchall(z.unknown());

const classic = z.object({ metrics: z.record(z.string(), z.union([nested, flat])) });

/** The machine-readable summary that k6 2 writes, and k6 1 on demand. It does not tell of thresholds yet. */
const structured = z.object({
  config: z.object({ duration: z.number() }),
  results: z.object({
    metrics: z.array(z.object({ name: z.string(), values: z.record(z.string(), z.unknown()) })),
    checks: z
      .object({ metrics: z.array(z.object({ name: z.string(), values: z.record(z.string(), z.unknown()) })) })
      .nullish(),
    thresholds: z.unknown().optional(),
  }),
});

/** The metrics of an end-of-test summary, in any of its shapes. @throws Unreadable */
export function metricsInSummary(report: unknown): K6Metric[] {
  const recent = structured.safeParse(report);
  if (recent.success) return fromStructured(recent.data);
  const { success, data, error } = classic.safeParse(report);
  if (success) return Object.entries(data.metrics).map(fromClassic);
  const [issue] = error.issues;
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw new Unreadable(`not in the format of k6: ${where}${issue?.message}`);
}

type ClassicMetric = z.output<typeof nested> | z.output<typeof flat>;

function fromClassic([name, metric]: [string, ClassicMetric]): K6Metric {
  const { thresholds: judged, ...beside } = metric;
  const isNested = typeof beside.values === 'object' && beside.values !== null;
  const read = isNested ? (beside.values as Record<string, unknown>) : beside;
  // It might be the thresholds, by another name.
  const foreign = Object.keys(beside).find((key) => key !== 'values' && typeof beside[key] === 'object');
  if (foreign !== undefined) throw new Unreadable(`${name} has a part that is not known here: ${foreign}`);
  // What says "failed" in the one shape would say "ok" in the other.
  if (isNested && Object.values(judged ?? {}).some((result) => typeof result === 'boolean')) {
    throw new Unreadable(`the thresholds of ${name} are in the shape of another summary`);
  }
  return {
    name,
    values: withRate(name, numbersIn(read)),
    thresholds: Object.entries(judged ?? {}).map(
      // A bare boolean says whether the threshold has failed.
      ([source, result]): K6Threshold => ({
        source,
        ok: typeof result === 'boolean' ? !result : result.ok,
      }),
    ),
  };
}

/**
 * `--summary-export` calls the rate of a rate its value, as it does with gauges; thresholds know it as the rate.
 * Before 0.31, the first to have `http_req_failed`, the value was the share of fails.
 */
function withRate(name: string, { value, ...others }: Record<string, number>): Record<string, number> {
  if (value === undefined) return others;
  const { passes = 0, fails } = others;
  if (fails === undefined) return { ...others, value };
  const total = passes + fails;
  const isShareOfFails = name !== 'http_req_failed' && Math.abs(value - fails / total) < 1e-6;
  return { rate: isShareOfFails ? passes / total : value, ...others };
}

type Structured = z.output<typeof structured>;

function fromStructured({ config, results }: Structured): K6Metric[] {
  if (results.thresholds != null) {
    throw new Unreadable('it has thresholds in a shape that is not known here: use --summary-export');
  }
  const checks = results.checks?.metrics.find(({ name }) => name === 'checks_succeeded');
  const all = [...results.metrics, ...(checks ? [{ ...checks, name: 'checks' }] : [])];
  return all.map(({ name, values: read }) => {
    const { matches, total, ...values } = numbersIn(read);
    const rate = matches !== undefined && total !== undefined && { passes: matches, fails: total - matches };
    const perSecond = values.count !== undefined &&
      config.duration > 0 && { rate: values.count / config.duration };
    return { name, values: { ...values, ...rate, ...perSecond }, thresholds: [] };
  });
}

function numbersIn(values: Readonly<Record<string, unknown>>): Record<string, number> {
  const numbers = Object.entries(values).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  );
  return Object.fromEntries(numbers);
}
