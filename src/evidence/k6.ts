import { parseJson } from './json-report.ts';
import { metricsInPoints } from './k6-points.ts';
import { k6Evidence } from './k6-run.ts';
import { metricsInSummary } from './k6-summary.ts';
import { peek } from './peek.ts';
import { collectText } from './text.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat } from './unreadable.ts';

/**
 * What k6 writes (grafana.com/docs/k6, "Results output"; 0.26 to 2): the end-of-test summary, from
 * `--summary-export`, from `handleSummary(data)` or in the machine-readable form, and the samples themselves from
 * `--out json`, which may be of any size.
 */
export const k6: EvidenceFormat = evidenceFormat({
  name: 'k6',
  kind: 'metrics',
  title: 'k6',
  detect: (head) => arePoints(head) || isSummary(head),
  async read(report, run) {
    const { head, whole } = await peek(report, headBytes);
    const metrics = arePoints(head)
      ? await metricsInPoints(whole)
      : metricsInSummary(parseJson(await collectText(whole)));
    return k6Evidence(metrics, run);
  },
});

const headBytes = 1_024;

/** One object a line, with the keys in the order in which any version writes them. */
function arePoints(head: string): boolean {
  return (
    /^\s*\{\s*"(type|metric|data)"\s*:/.test(head) && /^\s*\{[^\n]*"type"\s*:\s*"(Metric|Point)"/.test(head)
  );
}

/** The summary may begin with options, groups or any metric; all runs have some of these. */
const everyRunHas =
  /"(http_req_duration|http_reqs|iteration_duration|iterations|data_sent)"\s*:\s*\{\s*"(type|contains|values|thresholds|avg|min|med|max|p\([\d.]+\)|count|rate)"/;

function isSummary(head: string): boolean {
  if (!/^\s*\{/.test(head)) return false;
  if (/"root_group"\s*:\s*\{/.test(head) || /"k6Version"\s*:/.test(head)) return true;
  return /"metrics"\s*:/.test(head) && everyRunHas.test(head);
}
