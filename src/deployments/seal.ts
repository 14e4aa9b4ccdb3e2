import { anchorTrail } from '../audit/anchors.ts';
import { record } from '../audit/trail.ts';
import { markOfFile } from '../platform/bundle-files.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { logFileOf } from './records.ts';

/**
 * The last word of the trail about a deployment: how far its log went and what it said by then. All of it is anchored
 * outside of the database.
 * @throws NO_REPOSITORY, SIGNATURE_REFUSED, GIT_FAILED
 */
export async function sealRecord(project: Project, row: DeploymentRow): Promise<void> {
  const log = await markOfFile(logFileOf(project, row.id));
  await project.state.change((writer) =>
    record(writer, {
      caller: JSON.parse(row.caller) as Caller,
      action: 'deployment.record',
      subject: row.id,
      decision: row.state,
      detail: { log: log ?? null },
    }),
  );
  await anchorTrail(project);
}
