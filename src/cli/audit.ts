import { anchorTrail, checkpointNotes } from '../audit/anchors.ts';
import type { BundleState } from '../audit/bundle/verify.ts';
import { everyEntry } from '../audit/read-trail.ts';
import { describeObjects, verifyObjects } from '../audit/retention/verify-objects.ts';
import { record } from '../audit/trail.ts';
import { type TrailState, verifyTrail } from '../audit/verify.ts';
import { DevopsError } from '../errors.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import { readBoundedFile } from '../platform/bounded-file.ts';
import { userName } from '../platform/self.ts';
import type { Caller } from '../project.ts';
import { assertReason } from './assert-reason.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson, printPatiently } from './output.ts';

const caller: Caller = { kind: 'cli', user: userName };

export type VerifyOptions = GlobalOptions & { anchors?: string; signers?: string };

/** The trail of the project, or a bundle that needs no project. @returns 0 for an intact one, 5 for a broken one */
export async function verify(bundle: string | undefined, options: VerifyOptions): Promise<number> {
  if (bundle !== undefined) return verifyOffline(bundle, options);
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const state = await verifyTrail(project, options.anchors);
    // What lies beside a broken trail cannot be held against it.
    const objects = state.chain === 'intact' ? await verifyObjects(project) : undefined;
    if (options.json) printJson({ ...state, ...(objects && { objects }) });
    else {
      const said = [...describe(state), ...(objects ? describeObjects(objects) : [])];
      print(said.map(app.redact).join('\n'));
    }
    return state.chain === 'intact' && objects?.problems.length === 0 ? 0 : 5;
  } finally {
    await app.close();
  }
}

function describe({ chain, entries, anchored, notices }: TrailState): string[] {
  const signer = anchored?.signedBy === undefined ? 'unsigned' : `signed by ${anchored.signedBy}`;
  return [
    chain === 'intact'
      ? `The chain is intact: ${entries} entries.`
      : `The chain is BROKEN at entry ${chain.brokenAt}: ${chain.why}.`,
    ...(anchored ? [`Anchored up to entry ${anchored.position} at ${anchored.at}, ${signer}.`] : []),
    ...notices.map((notice) => `Note: ${notice}.`),
  ];
}

/** Anchors how far the trail goes now. @throws STATE_FAILED where it is broken: that would be made to look sound */
export async function checkpoint(
  options: GlobalOptions & { replaces?: string; reason?: string },
): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const { replaces, reason } = options;
    assertReason(reason);
    if (replaces !== undefined) {
      if (reason === undefined) {
        throw new DevopsError('INVALID_ARGUMENTS', 'a lost trail is replaced for a reason', {
          remedy: 'Say with --reason what became of it; it stands in the new trail.',
        });
      }
      await project.state.change((writer) =>
        record(writer, {
          caller,
          action: 'audit.replace',
          subject: replaces,
          decision: 'done',
          detail: { reason },
        }),
      );
    } else {
      const { chain } = await verifyTrail(project);
      if (chain !== 'intact') {
        throw new DevopsError(
          'STATE_FAILED',
          `the chain is broken at entry ${chain.brokenAt}: ${chain.why}`,
          {
            remedy:
              'Find out who changed it, and restore state.db. Where a whole trail is lost for good: audit checkpoint --replaces CHAIN --reason TEXT.',
          },
        );
      }
    }
    const made = await anchorTrail(project, replaces === undefined ? [] : [replaces]);
    if (options.json) printJson(made ?? null);
    else if (!made) print('There is nothing to anchor yet.');
    else {
      print(
        `Entry ${made.position} is anchored. Share it with: git push origin refs/notes/${checkpointNotes}`,
      );
    }
    return 0;
  } finally {
    await app.close();
  }
}

async function verifyOffline(place: string, { signers, json }: VerifyOptions): Promise<number> {
  const { verifyBundle } = await import('../audit/bundle/verify.ts');
  const allowed = signers === undefined ? undefined : await readBoundedFile(signers, maxSignersBytes);
  const state = await verifyBundle(place, allowed && new TextDecoder().decode(allowed.bytes));
  if (json) printJson(state);
  else print(describeBundle(state).map(cleanLine).join('\n'));
  return state.problems.length === 0 ? 0 : 5;
}

const maxSignersBytes = 1024 ** 2;

function describeBundle(state: BundleState): string[] {
  const { manifest, problems, notices, anchored, signedBy, trust } = state;
  const list = trust === 'own' ? ' (by the list in the bundle itself)' : '';
  return [
    problems.length === 0
      ? `The bundle is intact: ${state.files} files, ${state.entries} audit entries.`
      : `The bundle is BROKEN: ${problems[0]}.`,
    ...problems.slice(1).map((problem) => `And: ${problem}.`),
    `Deployment ${manifest.deployment} of ${manifest.commit} to ${manifest.environment}, exported at ${manifest.createdAt}.`,
    `Manifest ${state.digest}${signedBy === undefined ? '' : `, signed by ${signedBy}${list}`}.`,
    ...(anchored
      ? [
          `Anchored up to entry ${anchored.position} at ${anchored.at}${anchored.signedBy === undefined ? ', unsigned' : `, signed by ${anchored.signedBy}${list}`}.`,
        ]
      : []),
    ...notices.map((notice) => `Note: ${notice}.`),
  ];
}

export type ExportOptions = GlobalOptions & { deployment?: string; out?: string };

/** Every entry as JSON Lines, or the bundle of one deployment. */
export async function exportRecord(options: ExportOptions): Promise<number> {
  const { deployment, out } = options;
  if ((deployment === undefined) !== (out === undefined)) {
    throw new DevopsError('INVALID_ARGUMENTS', 'a bundle needs both a deployment and a place', {
      remedy: 'Call audit export --deployment ID --out PATH; with neither, every entry is printed.',
    });
  }
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    if (deployment !== undefined && out !== undefined) {
      const { exportBundle } = await import('../audit/bundle/export.ts');
      const made = await exportBundle(project, { deploymentId: deployment, out, caller });
      if (options.json) printJson(made);
      else {
        print(`${made.out}: ${made.files} files, manifest ${made.digest}${made.isSigned ? ', signed' : ''}`);
        for (const name of made.missing) print(`Note: ${name} is not there any more.`);
      }
      return 0;
    }
    const { state } = project;
    for await (const entry of everyEntry(state.read))
      if (!(await printPatiently(JSON.stringify(entry)))) break;
    return 0;
  } finally {
    await app.close();
  }
}
