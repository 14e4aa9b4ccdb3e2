import { createReadStream } from 'node:fs';
import { DevopsError } from '../errors.ts';
import { readEvidence } from '../evidence/index.ts';
import type { Evidence } from '../evidence/types.ts';
import { exists } from '../platform/files.ts';
import type { GlobalOptions } from './call.ts';
import { print, printJson } from './output.ts';

/** Shows what a gate would see in a report. @returns 0 when it is evidence, 5 when it is evidence of nothing */
export async function showEvidence(
  file: string,
  options: GlobalOptions & { format?: string },
): Promise<number> {
  if (!(await exists(file))) {
    throw new DevopsError('FILE_FAILED', `there is no file ${file}`, {
      remedy: 'Give the path of a report.',
    });
  }
  const evidence = await readEvidence(createReadStream(file), { format: options.format });
  if (options.json) printJson(evidence);
  else print(describe(evidence));
  const readable = evidence.tests ?? evidence.metrics ?? evidence.findings ?? evidence.coverage;
  return readable === undefined ? 5 : 0;
}

function describe({
  format,
  kind,
  conclusive,
  problems,
  tests,
  metrics,
  findings,
  coverage,
}: Evidence): string {
  const numbers = tests ?? metrics ?? findings ?? coverage;
  return [
    `${format} (${kind}): ${conclusive ? 'conclusive' : 'inconclusive, never a pass'}`,
    ...problems.map((problem) => `- ${problem}`),
    ...(numbers ? [JSON.stringify(numbers, null, 1)] : []),
  ].join('\n');
}
