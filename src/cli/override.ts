import { readOverrideStatement } from '../approvals/override-statement.ts';
import { readSignedElsewhere, type SignedElsewhere } from '../approvals/signed-elsewhere.ts';
import { parseDurationMs } from '../config/values.ts';
import { DevopsError } from '../errors.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import {
  type OverrideQuestion,
  overrideQuestion,
  overrideTextToSign,
  recordOverride,
} from '../gates/override.ts';
import { now } from '../platform/clock.ts';
import { userName } from '../platform/self.ts';
import type { Caller } from '../project.ts';
import { assertReason } from './assert-reason.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';
import { printToSign, readGiven, signedInOneWay, standsInWhatWasSigned } from './signed-input.ts';

const caller: Caller = { kind: 'cli', user: userName };

export interface OverrideOptions extends GlobalOptions {
  key?: string;
  reason?: string;
  until?: string;
  ref?: string;
  /** Print what is to be signed, for a person whose key is not here. */
  statement?: boolean;
  /** That and what they made of it: a file, or `-` for the standard input. */
  signature?: string;
}

/** Shows a person what is not proven, then records their decision that it does not count. */
export async function override(
  environment: string,
  requirement: string,
  { key, reason, until, ref, statement, signature, ...options }: OverrideOptions,
): Promise<number> {
  if ([key, signature, statement].filter((one) => one !== undefined).length !== 1) throw signedInOneWay();
  assertReason(reason);
  const signed = signature === undefined ? undefined : readSignedElsewhere(await readGiven(signature));
  if (signed && (reason ?? until ?? ref) !== undefined) throw standsInWhatWasSigned();
  const decided = signed ? undefined : { reason: reason ?? '', until: readUntil(until ?? '') };
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const { redact } = project;
    const question = await overrideQuestion(project, {
      environment,
      requirement,
      ref: (signed ? readOverrideStatement(signed.statement)?.commit : ref) ?? 'HEAD',
      caller,
    });
    const description = redact(describeQuestion(question));
    if (decided && statement) {
      printToSign(description, overrideTextToSign(project, question, decided));
      return 0;
    }
    if (!options.json) print(description);
    const recorded = await recordOverride(project, question, {
      caller,
      ...(decided ? { ...decided, keyFile: key ?? '' } : { signed: signed as SignedElsewhere }),
    });
    if (options.json) printJson(recorded);
    else {
      const { id, by, role, commit } = recorded;
      print(
        `${id}: overridden by ${by} as ${role} for ${commit.slice(0, 12)} in ${environment} until ${recorded.until}`,
      );
    }
    return 0;
  } finally {
    await app.close();
  }
}

function describeQuestion({ subject: { commit, environment }, result, roles }: OverrideQuestion): string {
  return [
    `Commit ${commit.sha} by ${cleanLine(commit.authorEmail)}: ${cleanLine(commit.subject)}`,
    `${result.name} in the ${environment} gate is ${result.override ? 'overridden' : result.verdict}`,
    `  required ${cleanLine(result.required)}`,
    `  observed ${cleanLine(result.observed)}`,
    `  because  ${cleanLine(result.reason)}`,
    `Who may override it: ${roles.join(' or ')}`,
    '',
  ].join('\n');
}

function readUntil(text: string): Date {
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined) return new Date(now().getTime() + durationMs);
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text)
    ? new Date(text)
    : undefined;
  if (time && !Number.isNaN(time.getTime())) return time;
  throw new DevopsError(
    'INVALID_ARGUMENTS',
    `--until ${JSON.stringify(text)} is neither a duration nor a time`,
    {
      remedy: 'Give it as 2h or 3d, or as a time with its zone such as 2026-12-31T18:00:00Z.',
    },
  );
}
