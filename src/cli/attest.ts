import { DevopsError } from '../errors.ts';
import type { Evidence } from '../evidence/types.ts';
import { attest as makeStatement } from '../gates/statements/attest.ts';
import { userName } from '../platform/self.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';

export interface AttestOptions extends GlobalOptions {
  key?: string;
  report?: string;
  run?: boolean;
  exitCode?: string;
  ref?: string;
  artifact?: string;
  out?: string;
}

/** Signs what a check came to, for gates elsewhere. @returns 0 for a red report too: it is as good a statement */
export async function attest(check: string, options: AttestOptions): Promise<number> {
  const { report, run = false, key = '', ref = 'HEAD', artifact, out, json } = options;
  const exitCode = exitCodeOf(options.exitCode);
  if (run && (report !== undefined || exitCode !== undefined)) {
    throw new DevopsError('INVALID_ARGUMENTS', '--run makes the report and the exit code itself', {
      remedy: 'Give either --run, or --report FILE with --exit-code N.',
    });
  }
  const app = await openLocalApp(options);
  try {
    const made = await makeStatement(await app.project(), {
      check,
      ref,
      keyFile: key,
      source: run ? 'run' : { reportFile: report, exitCode },
      artifact,
      outFile: out,
      caller: { kind: 'cli', user: userName },
      log: (line) => process.stderr.write(`${line}\n`),
      signal: new AbortController().signal,
    });
    if (json) printJson(made);
    else {
      print(`${made.check} of ${made.commit.slice(0, 12)} is attested: ${describe(made.evidence)}.`);
      for (const notice of made.notices) print(`Note: ${notice}.`);
      print(
        out === undefined
          ? `It is in ${made.writtenTo}. Share it with: git push origin ${made.writtenTo}`
          : `It is in ${out}. A gate looks for it in the note of the commit: git notes --ref=devops-evidence append --file=${out} ${made.commit}`,
      );
    }
    return 0;
  } finally {
    await app.close();
  }
}

function exitCodeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new DevopsError('INVALID_ARGUMENTS', `"${text}" is no exit code`, {
    remedy: 'Give the number that the shell has in $? after the command.',
  });
}

function describe({ format, kind, tests, findings }: Evidence): string {
  if (tests) {
    const { passed, failed, errored, skipped } = tests;
    return `${passed} passed, ${failed + errored} failed, ${skipped} skipped (${format})`;
  }
  if (findings) {
    const some = Object.entries(findings).filter(([, count]) => count > 0);
    return `${some.map(([severity, count]) => `${count} ${severity}`).join(', ') || 'no findings'} (${format})`;
  }
  return `${kind} (${format})`;
}
