import type { ReviewKind } from '../../config/reviews.ts';
import type { Commit, Repository } from '../../platform/git.ts';
import type { Project } from '../../project.ts';

/** What is asked of every source of reviews. */
export interface ReviewQuestion {
  project: Project;
  repository: Repository;
  commit: Commit;
  /** Mail addresses of those who wrote the commit, in lower case: none of them can review it. */
  authors: readonly string[];
}

export type ReviewAnswer =
  /** Somebody who may has approved exactly this commit. */
  | { found: 'approval'; by: string; how: string }
  /** There is a review, and it does not count: somebody tried, erred, or said no. */
  | { found: 'refusal'; observed: string; reason: string }
  /** There is none. */
  | { found: 'nothing'; reason: string }
  /** It cannot be told. */
  | { found: 'silence'; reason: string; remedy: string };

/** One way in which a review can be proven. One file per way. */
export interface ReviewSource {
  kind: ReviewKind;
  /** Never throws for what the world answers. */
  look(question: ReviewQuestion): Promise<ReviewAnswer>;
  /** What a person does to review the commit in this way. */
  remedy(question: Pick<ReviewQuestion, 'project' | 'commit'>): string;
}
