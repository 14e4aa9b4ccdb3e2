import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { percentOfRate } from './percent.ts';
import type { EvidenceFormat, Metric } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';

const result = z.object({
  lighthouseVersion: z.string(),
  requestedUrl: z.string().nullish(),
  finalUrl: z.string().nullish(),
  runtimeError: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  categories: z.record(z.string(), z.object({ score: z.number().min(0).max(1).nullish() })),
  audits: z.record(
    z.string(),
    z.object({ scoreDisplayMode: z.string().nullish(), numericValue: z.number().nullish() }),
  ),
});
type Result = z.output<typeof result>;

/**
 * Lighthouse results (its docs/understanding-results.md; v3 to v12): one, as `lighthouse --output json` and
 * PageSpeed Insights write it, or a list of them, as Lighthouse CI collects it, or its `manifest.json`. Categories
 * in %, `lcp`, `fcp`, `tbt`, `tti`, `si`, `inp` and `ttfb` in ms, `cls` without a unit. Of several runs of a page
 * the median counts, of several pages the worst; `samples` is the number of runs. What has no score is left out.
 */
export const lighthouse: EvidenceFormat = {
  ...jsonFormat({
    name: 'lighthouse',
    kind: 'metrics',
    title: 'Lighthouse',
    detect: () => true,
    schema: z.preprocess(runsIn, z.array(result)),
    interpret(runs) {
      if (runs.length === 0) throw new Unreadable('no page was loaded: the list of runs is empty');
      const metrics = worstOf(pagesOf(runs).map(medianOf));
      if (Object.keys(metrics).length === 0)
        throw new Unreadable('nothing was measured: all scores are empty');
      return { format: 'lighthouse', kind: 'metrics', conclusive: true, problems: [], metrics };
    },
  }),
  detect: (head) =>
    /^\s*[[{]/.test(head) &&
    (/"lighthouseVersion"\s*:\s*"/.test(head) || /"isRepresentativeRun"\s*:/.test(head)),
};

function runsIn(report: unknown): unknown[] {
  return (Array.isArray(report) ? report : [report]).map(unwrapped);
}

function unwrapped(run: unknown): unknown {
  if (typeof run !== 'object' || run === null) return run;
  if ('lhr' in run) return run.lhr;
  if ('lighthouseResult' in run) return run.lighthouseResult;
  const entry = manifestEntry.safeParse(run);
  return entry.success ? fromManifest(entry.data) : run;
}

/** A run in the manifest of Lighthouse CI: its scores, and where the rest of it is. */
const manifestEntry = z.object({
  isRepresentativeRun: z.boolean(),
  url: z.string(),
  summary: z.record(z.string(), z.unknown()),
});

function fromManifest({ url, summary }: z.output<typeof manifestEntry>): unknown {
  const categories = Object.entries(summary).map(([name, score]) => [name, { score }]);
  return {
    lighthouseVersion: '',
    requestedUrl: url,
    categories: Object.fromEntries(categories),
    audits: {},
  };
}

/** What one run measured, by metric. */
type Measured = Map<string, number>;

/** The runs of each page. @throws Unreadable for a run that failed: the others would tell too good a story */
function pagesOf(runs: Result[]): Measured[][] {
  const pages = new Map<string, Measured[]>();
  for (const run of runs) {
    const page = run.requestedUrl ?? run.finalUrl ?? '';
    const { code, message } = run.runtimeError ?? {};
    if (code && code !== 'NO_ERROR') {
      throw new Unreadable(cleanLine(`${page} could not be measured: ${code} ${message ?? ''}`));
    }
    pages.set(page, [...(pages.get(page) ?? []), measuredIn(run)]);
  }
  return [...pages.values()];
}

const timings: Readonly<Record<string, string>> = {
  lcp: 'largest-contentful-paint',
  fcp: 'first-contentful-paint',
  tbt: 'total-blocking-time',
  tti: 'interactive',
  si: 'speed-index',
  inp: 'interaction-to-next-paint',
  ttfb: 'server-response-time',
  cls: 'cumulative-layout-shift',
};

function measuredIn({ categories, audits }: Result): Measured {
  const measured: Measured = new Map();
  for (const [name, { score }] of Object.entries(categories)) {
    if (score != null) measured.set(categoryName(name), percentOfRate(score));
  }
  for (const [name, id] of Object.entries(timings)) {
    const audit = Object.hasOwn(audits, id) ? audits[id] : undefined;
    if (audit?.numericValue != null && audit.scoreDisplayMode !== 'error') {
      if (audit.numericValue < 0) throw new Unreadable(`${id} is less than nothing: ${audit.numericValue}`);
      measured.set(name, audit.numericValue);
    }
  }
  return measured;
}

/** `best-practices` as `bestPractices`. */
function categoryName(id: string): string {
  return cleanLine(id).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Of two in the middle the worse: of scores the lower, of times the higher. */
function medianOf(runs: Measured[]): Record<string, Metric> {
  const names = new Set(runs.flatMap((run) => [...run.keys()]));
  const medians = [...names].map((name): [string, Metric] => {
    const sorted = runs.flatMap((run) => run.get(name) ?? []).sort((one, other) => one - other);
    const middle = isTiming(name) ? sorted.length / 2 : (sorted.length - 1) / 2;
    const value = sorted[Math.floor(middle)] ?? Number.NaN;
    return [name, { value, ...unitOf(name), samples: sorted.length }];
  });
  return Object.fromEntries(medians);
}

function worstOf(pages: Record<string, Metric>[]): Record<string, Metric> {
  const worst: Record<string, Metric> = {};
  for (const [name, metric] of pages.flatMap((page) => Object.entries(page))) {
    const other = Object.hasOwn(worst, name) ? worst[name] : undefined;
    const isWorse = other && (isTiming(name) ? metric.value > other.value : metric.value < other.value);
    if (!other || isWorse) worst[name] = metric;
  }
  return worst;
}

function isTiming(name: string): boolean {
  return Object.hasOwn(timings, name);
}

function unitOf(name: string): Pick<Metric, 'unit'> {
  if (name === 'cls') return {};
  return { unit: isTiming(name) ? 'ms' : '%' };
}
