import type { LogSink, Release, TargetProblem } from '../types.ts';
import type { ReleaseObjects } from './objects.ts';

/** What a release is brought into a cluster as: a manifest, a change of what is there, or a chart. */
export interface ReleaseForm {
  /**
   * Hands the release to the API server, which refuses what it cannot take. One caller at a time.
   * @throws TARGET_FAILED, GIT_FAILED
   */
  hand(release: Release, objects: ReleaseObjects, options: HandOptions): Promise<void>;
  /** @throws TARGET_FAILED, GIT_FAILED where the release's commit lacks what it would be made of */
  mustBeThere(release: Release): Promise<void>;
  /** Whether the Deployment must be in the cluster before the first release. */
  readonly changesWhatIsThere: boolean;
  problems(): Promise<TargetProblem[]>;
}

export interface HandOptions {
  /** Lets it be judged, and changes nothing. */
  isDryRun: boolean;
  replicas: {
    /** By scaleService. */
    told: number | undefined;
    /** How many there were before the environment was taken out of service. */
    before: number | undefined;
  };
  log: LogSink;
  deploymentId: string;
}
