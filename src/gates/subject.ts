import type { EnvironmentConfig } from '../config/schema.ts';
import type { Artifact } from '../deployments/targets/types.ts';
import type { Commit } from '../platform/git.ts';

/** What a gate is asked about: one commit, and its artifact where it is built already, for one environment. */
export interface GateSubject {
  environment: string;
  policy: EnvironmentConfig;
  commit: Commit;
  artifact?: Artifact;
}
