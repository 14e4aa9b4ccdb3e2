import { appendSection, deploymentLogSection } from '../audit/documents.ts';
import { exactBytes, readExactText } from '../platform/exact-text.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { path, replaceFile } from '../platform/files.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import { documentFacts } from './facts.ts';
import type { Failure } from './failure.ts';

const commitsShown = 30;

/** Appends the deployment's section to `deployment-log.md`. Repeating it changes nothing. */
export async function writeDeploymentLog(
  project: Project,
  row: DeploymentRow,
  failure: Failure | undefined,
  caller: string,
): Promise<void> {
  const section = deploymentLogSection(await documentFacts(project, row, { caller, failure, commitsShown }));
  const file = path.join(project.dir, 'deployment-log.md');
  await withFileLock(file, async () => {
    const before = await readExactText(file);
    const after = appendSection(before, section.toWellFormed());
    if (after !== before) await replaceFile(file, exactBytes(after));
  });
}
