import { artillery } from './artillery.ts';
import { autocannon } from './autocannon.ts';
import { cobertura } from './cobertura.ts';
import { ctrf } from './ctrf.ts';
import { cyclonedx } from './cyclonedx.ts';
import { exitCode } from './exit-code.ts';
import { goTest } from './go-test.ts';
import { grype } from './grype.ts';
import { istanbul } from './istanbul.ts';
import { jest } from './jest-json.ts';
import { junit } from './junit.ts';
import { k6 } from './k6.ts';
import { lcov } from './lcov.ts';
import { lighthouse } from './lighthouse.ts';
import { metrics } from './metrics.ts';
import { mocha } from './mocha.ts';
import { mochaJsonStream } from './mocha-json-stream.ts';
import { aliases } from './names.ts';
import { nodeTest } from './node-test.ts';
import { npmAudit } from './npm-audit.ts';
import { osvScanner } from './osv-scanner.ts';
import { peek } from './peek.ts';
import { playwright } from './playwright.ts';
import { sarif } from './sarif.ts';
import { tap } from './tap.ts';
import { trivy } from './trivy.ts';
import { trx } from './trx.ts';
import type { Evidence, EvidenceFormat, ReportRun } from './types.ts';
import { inconclusive, reasonOf } from './unreadable.ts';
import { wrk } from './wrk.ts';

/** All report formats, in the order in which they are tried on a report that declares none. */
export const evidenceFormats: readonly EvidenceFormat[] = [
  junit,
  trx,
  jest,
  mocha,
  mochaJsonStream,
  playwright,
  ctrf,
  goTest,
  nodeTest,
  sarif,
  npmAudit,
  trivy,
  grype,
  osvScanner,
  cyclonedx,
  lcov,
  cobertura,
  istanbul,
  autocannon,
  k6,
  artillery,
  lighthouse,
  wrk,
  metrics,
  tap,
  exitCode,
];

/** The format declared as `report.format`, or undefined where there is none of that name. */
export function formatNamed(name: string): EvidenceFormat | undefined {
  const meant = Object.hasOwn(aliases, name) ? aliases[name] : name;
  return evidenceFormats.find((format) => format.name === meant);
}

/** The format that the beginning of a report (decoded, at most 64 KiB of it) looks like. */
export function detectFormat(head: string): EvidenceFormat | undefined {
  return evidenceFormats.find((format) => format.detect(head));
}

export interface ReadOptions {
  /** Name of the declared format; detected from the content when missing. */
  format?: string | undefined;
  run?: ReportRun | undefined;
}

/**
 * Reads a report of any format. Never throws: what cannot be read, or is of no known format, comes back as
 * evidence with `conclusive: false`, and its format is `unknown` where none was declared or found.
 */
export async function readEvidence(
  report: AsyncIterable<Uint8Array>,
  { format: declared, run = {} }: ReadOptions = {},
): Promise<Evidence> {
  if (declared !== undefined) {
    return formatNamed(declared)?.read(report, run) ?? unknownFormat(declared);
  }
  try {
    const { head, whole, close } = await peek(report, headBytes);
    const format = detectFormat(head);
    if (format) return await format.read(whole, run);
    await close();
    return undetected(head);
  } catch (error) {
    return inconclusive(unknown, reasonOf(error));
  }
}

const unknown = { name: 'unknown', kind: 'tests' } as const;

function unknownFormat(declared: string): Evidence {
  const known = [...evidenceFormats.map(({ name }) => name), ...Object.keys(aliases)].join(', ');
  return inconclusive(
    { ...unknown, name: declared },
    `unknown report format "${declared}"; known are ${known}`,
  );
}

function undetected(head: string): Evidence {
  return inconclusive(
    unknown,
    head.trim() === ''
      ? 'the report is empty'
      : `no known report format; it begins with: ${head.trimStart().slice(0, 60)}`,
  );
}

const headBytes = 64 * 1024;
