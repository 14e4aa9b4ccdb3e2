import { type Control, controlsOf } from '../audit/report/controls.ts';
import type { RecordFacts } from '../audit/report/facts.ts';
import { gatherFacts } from '../audit/report/gather.ts';
import { parseDurationMs } from '../config/values.ts';
import { DevopsError } from '../errors.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import { now, timestamp } from '../platform/clock.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';

/** Maps the record of the project to controls of change management, and names what is missing. */
export async function auditReport(options: GlobalOptions & { since?: string }): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const until = now();
    const facts = await gatherFacts(project, {
      since: beginOf(options.since, until),
      until: timestamp(until),
    });
    const controls = controlsOf(facts);
    if (options.json) printJson({ ...facts, controls });
    else
      print(
        describe(facts, controls)
          .map((line) => app.redact(cleanLine(line)))
          .join('\n'),
      );
    return 0;
  } finally {
    await app.close();
  }
}

const dayMs = 86_400_000;

/** A duration back from now, or a time; the last 90 days where nothing is said. @throws INVALID_ARGUMENTS */
function beginOf(since: string | undefined, until: Date): string {
  const backMs = since === undefined ? 90 * dayMs : parseDurationMs(since);
  if (backMs !== undefined) return timestamp(new Date(until.getTime() - backMs));
  const at = new Date(since ?? '');
  if (!Number.isNaN(at.getTime())) return timestamp(at);
  throw new DevopsError('INVALID_ARGUMENTS', `--since ${since} is neither a duration nor a time`, {
    remedy: 'Write --since 90d, or --since 2026-01-01.',
  });
}

const words: Record<Control['standing'], string> = {
  evidenced: 'EVIDENCED',
  partly: 'PARTLY',
  gap: 'GAP',
  notApplicable: 'NOTHING TO SHOW',
};

function describe(facts: RecordFacts, controls: readonly Control[]): string[] {
  const began = facts.changes.filter((one) => one.began).length;
  return [
    `# Change management of ${facts.project}, ${facts.since} to ${facts.until}`,
    '',
    `${facts.changes.length} requests on record, ${began} of them began. This tells what was recorded; whether a control works is for an auditor to judge.`,
    ...controls.flatMap(({ framework, id, asks, standing, evidence, gaps }) => [
      '',
      `## ${framework} ${id}: ${asks}`,
      `${words[standing]}`,
      ...evidence.map((one) => `- ${one}`),
      ...gaps.map((one) => `- Gap: ${one}`),
    ]),
  ];
}
