import { asDevopsError } from '../errors.ts';
import { exists, path } from '../platform/files.ts';
import type { Project } from '../project.ts';
import { readCheckpoints, signingKeyOf } from './anchors.ts';

/** Why the audit trail is not anchored: nothing that happens says so by itself, since no deployment fails over it. */

export interface AnchoringTrouble {
  what: string;
  remedy: string;
}

/** What keeps this process from signing, or from believing, a checkpoint; asked without signing anything. */
export async function troubleWithSigning(project: Project): Promise<AnchoringTrouble | undefined> {
  const { audit } = project.config;
  if (!audit) return undefined;
  try {
    const key = signingKeyOf(project, audit);
    if (!(await exists(key))) {
      return {
        what: `there is no key of the audit trail at ${audit.key}`,
        remedy: 'Put an SSH key there that this user can read, or let audit.key name another.',
      };
    }
  } catch (error) {
    const { message: what, remedy } = asDevopsError(error);
    return { what, remedy };
  }
  if (await exists(path.resolve(project.dir, audit.allowedSigners))) return undefined;
  return {
    what: `there is no ${audit.allowedSigners}, so no checkpoint of the audit trail counts`,
    remedy:
      'Write NAME@EXAMPLE.ORG and the public key of the audit trail there (ssh-keygen(1), ALLOWED SIGNERS).',
  };
}

/** That nothing is anchored from here, or that the end of the last deployment was not. */
export async function anchoringProblem(project: Project): Promise<string | undefined> {
  const trouble = await troubleWithSigning(project);
  if (trouble) return `the audit trail is not anchored from here: ${trouble.what}`;
  const last = await project.state.read
    .selectFrom('steps')
    .select(['deployment_id', 'state', 'finished_at', 'result'])
    .where('name', '=', 'sealRecord')
    .where('finished_at', 'is not', null)
    .orderBy('finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.state !== 'failed') return undefined;
  const { deployment_id: id, finished_at, result } = last;
  const since = (await readCheckpoints(project)).some(({ at }) => at > (finished_at ?? ''));
  if (since) return undefined;
  const { message = 'for no known reason' } = JSON.parse(result ?? '{}') as { message?: string };
  return `the audit trail was not anchored at the end of ${id}: ${message}`;
}
