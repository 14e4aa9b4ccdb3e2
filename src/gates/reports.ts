import type { Evidence } from '../evidence/types.ts';
import type { Redact } from '../operations/redaction/index.ts';
import type { CommandOutcome } from '../platform/processes.ts';
import { openReport, removeReport } from '../platform/report-files.ts';

/** From the output of one run of a check to evidence. A report counts only if this very run wrote it. */

export interface ReportSource {
  check: string;
  format?: string;
  /** `-` for standard output, else a file below `workDir`. */
  path: string;
  workDir: string;
}

/** Makes sure that what is found after the run was written by the run. */
export async function clearReport({ path, workDir }: ReportSource): Promise<void> {
  if (path !== '-') await removeReport(workDir, path);
}

export interface ReadReport {
  evidence: Evidence;
  /** Raw bytes, for the record; undefined when there are none. */
  digest?: string;
  /** Undefined where the command was ended, or by a signal. */
  exitCode?: number;
}

/**
 * Reads what the run left and holds it against how the command ended: a command that was cut off proves nothing,
 * and a green report of a command that failed is a contradiction, not a pass.
 */
export async function readReport(
  source: ReportSource,
  outcome: CommandOutcome,
  { keepIn, redact }: { keepIn: string; redact: Redact },
): Promise<ReadReport> {
  const format = source.format;
  if (outcome.ended !== undefined) {
    const why = {
      timeout: 'ran into its time limit',
      output: 'wrote too much output',
      cancelled: 'was cancelled',
    };
    return { evidence: unusable(format, `the command ${why[outcome.ended]} and was ended`) };
  }
  const run = {
    check: source.check,
    ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
  };
  const opened = await openReport(
    source.path === '-' ? { bytes: outcome.stdout } : { file: source.path, workDir: source.workDir },
    keepIn,
    redact.bytes(),
  );
  if ('problem' in opened && format !== 'exitCode') return { evidence: unusable(format, opened.problem) };
  const stream = 'problem' in opened ? nothing() : opened.stream();
  const { readEvidence } = await import('../evidence/index.ts'); // parsers load when there is a report
  const read = await readEvidence(stream, { ...(format === undefined ? {} : { format }), run });
  const contradiction = contradictionOf(read, outcome);
  const judged =
    contradiction === undefined
      ? read
      : { ...read, conclusive: false, problems: [contradiction, ...read.problems] };
  return {
    evidence: judged,
    exitCode: outcome.exitCode,
    ...('digest' in opened && { digest: opened.digest }),
  };
}

/** Test runners and scanners exit non-zero to say "red"; with nothing red in the report something else went wrong. */
function contradictionOf(evidence: Evidence, { exitCode, stderr }: CommandOutcome): string | undefined {
  if (exitCode === 0 || evidence.format === 'exitCode' || !evidence.conclusive) return undefined;
  const red =
    evidence.kind === 'tests'
      ? (evidence.tests?.failed ?? 0) + (evidence.tests?.errored ?? 0) > 0
      : (evidence.thresholds?.failed ?? 0) > 0 ||
        Object.values(evidence.findings ?? {}).some((count) => count > 0);
  if (red) return undefined;
  const lastLine = stderr.trimEnd().split('\n').at(-1);
  return `the command ended with exit code ${exitCode ?? 'unknown'} although its report shows nothing wrong${lastLine ? ` (${lastLine})` : ''}`;
}

function unusable(format: string | undefined, problem: string): Evidence {
  return { format: format ?? 'undetected', kind: 'tests', conclusive: false, problems: [problem] };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
