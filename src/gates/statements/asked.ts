import type { CheckConfig } from '../../config/schema.ts';
import type { Asked } from '../../evidence/predicates/types.ts';
import type { Project } from '../../project.ts';
import { definitionDigest, isAboutArtifact } from '../evidence-store.ts';
import type { GateSubject } from '../subject.ts';

/** What a statement must be about to be evidence of a check for this commit, and its artifact where that matters. */
export function askedFor(
  project: Project,
  { commit, artifact }: Pick<GateSubject, 'commit' | 'artifact'>,
  check: string,
): Asked {
  const { report, statement } = project.config.checks[check] as CheckConfig;
  // A definition without a report has this format, which says nothing about what others sign.
  const isUnnamed = statement !== undefined && report.format === 'exitCode';
  return {
    project: project.config.project,
    check,
    definitionDigest: definitionDigest(project, check),
    commit: commit.sha,
    tree: commit.tree,
    artifact: isAboutArtifact(project, check) ? artifact?.digest.replace(/^sha256:/, '') : undefined,
    format: isUnnamed ? undefined : report.format,
    statement: statement ?? { kind: 'report' },
  };
}
