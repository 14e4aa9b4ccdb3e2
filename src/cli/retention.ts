import { anchorWhatHappened } from '../audit/anchors.ts';
import { applyRetention } from '../audit/retention/apply.ts';
import { eraseText } from '../audit/retention/erase.ts';
import { now } from '../platform/clock.ts';
import { userName } from '../platform/self.ts';
import type { Caller } from '../project.ts';
import { assertReason } from './assert-reason.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';

const caller: Caller = { kind: 'cli', user: userName };

/** Removes what retention keeps no longer. Deployments do the same when they end. */
export async function prune(options: GlobalOptions & { dryRun?: boolean }): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const isDryRun = options.dryRun === true;
    const removed = await applyRetention(project, { caller, isDryRun, at: now() });
    if (removed.length > 0 && !isDryRun) await anchorWhatHappened(project);
    if (options.json) printJson({ removed });
    else if (project.config.retention === undefined)
      print('Everything is kept: devops.yaml has no retention.');
    else {
      for (const { object, bytes, modifiedAt } of removed)
        print(`${object} ${bytes} bytes, of ${modifiedAt}`);
      print(`${removed.length} ${isDryRun ? 'would be' : 'were'} removed.`);
    }
    return 0;
  } finally {
    await app.close();
  }
}

/** Erases words that are about a person. */
export async function erase(text: string, options: GlobalOptions & { reason?: string }): Promise<number> {
  assertReason(options.reason);
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const erased = await eraseText(project, { text, reason: project.redact(options.reason ?? ''), caller });
    await anchorWhatHappened(project);
    if (options.json) printJson(erased);
    else {
      for (const object of erased.replaced) print(`${object}: words taken out`);
      for (const object of erased.removed) print(`${object}: removed, as it is named by its bytes`);
      print(`${erased.replaced.length + erased.removed.length} objects no longer say it.`);
      for (const id of erased.openRequests)
        print(
          `Note: request ${id} waits, and human-requests.md says it: take it out there, then call this again.`,
        );
      if (erased.stays.length > 0)
        print(
          `Note: ${erased.stays.length} records say it in what is more than words (names, ids, verdicts, rules, what was signed), and stay; --json names them.`,
        );
      if (erased.entriesThatStay > 0)
        print(
          `Note: ${erased.entriesThatStay} entries of the audit trail say it, and stay: they tell who decided what.`,
        );
      print(
        'Note: documents of the project, its git history, logs of containers and other machines, messages that were sent, and bundles that were exported are yours to look through.',
      );
    }
    return 0;
  } finally {
    await app.close();
  }
}
