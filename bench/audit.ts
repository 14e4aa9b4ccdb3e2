import { longTrail, withAndWithout } from './audit/long-trail.ts';
import { bundle } from './processes/bundle.ts';
import { runOnce } from './processes/run-once.ts';
import { median, type Suite } from './report.ts';
import { ourCli } from './tasks/bench-project.ts';

/** What the record costs: appending to a long trail, and holding all of it against itself. */

const entries = Number(process.env.BENCH_ENTRIES ?? 100_000);
const rounds = 1_000;
const runs = 5;

export const audit: Suite = {
  name: 'audit',
  title: `The audit trail, ${entries} entries`,
  async run() {
    const bundles = await bundle(['processes/report-peak']);
    const trail = await longTrail(entries);
    try {
      const { appendMs, dir, databaseMb } = trail;
      const edge = Math.min(1_000, Math.ceil(entries / 10));
      const rows = [
        row('append, durable, the first thousand', appendMs.slice(0, edge)),
        row('append, durable, the last thousand', appendMs.slice(-edge)),
        row('append, durable, all', appendMs, `${databaseMb.toFixed(0)} MB of database`),
      ];
      const pair = await withAndWithout(dir, rounds);
      rows.push(
        row('a change alone, durable', pair.without),
        row('the same change with its record', pair.with),
      );
      for (const [what, args] of [
        ['devops-engineer audit verify, from the start of Node', ['verify']],
        ['devops-engineer audit export, to nowhere', ['export']],
      ] as const) {
        const samples = [];
        const command = { program: 'node', args: [ourCli, '--project', dir, 'audit', ...args] };
        for (let run = 0; run < runs; run += 1) {
          const sample = await runOnce(command, bundles.of('processes/report-peak'));
          if (sample.failure !== undefined) throw new Error(`${what}: ${sample.failure}`);
          samples.push(sample);
        }
        const peak = Math.max(...samples.map(({ peakMb }) => peakMb));
        rows.push(
          row(
            what,
            samples.map(({ ms }) => ms),
            `${Math.round(peak)} MB peak`,
          ),
        );
      }
      return rows;
    } finally {
      await trail.remove();
      await bundles.remove();
    }
  },
};

function row(what: string, ms: number[], note = '') {
  const sorted = [...ms].sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  return { what, 'median ms': median(ms).toFixed(2), 'p99 ms': p99.toFixed(2), note };
}
