import type { TargetCapabilities } from '../../config/capabilities.ts';

/**
 * What a place to deploy to can do. One file per kind of target implements this; the workflow knows nothing
 * else of it. Every effect is idempotent and carries the release's fencing number: a target refuses an effect
 * whose number is lower than one it has already seen.
 */

export interface Artifact {
  /** `sha256:<hex>` of the tar file. */
  digest: string;
  /** Absolute path of the tar file. */
  path: string;
}

export interface Release {
  environment: string;
  /** The deployment that brought this release first; names its folder on the target. */
  id: string;
  commit: string;
  version: string;
  artifact: Artifact;
}

/** The effect's authority: which deployment asks, and its place in the order of all of them. */
export interface Fence {
  deploymentId: string;
  /** Rises with every deployment of the environment. */
  number: number;
}

/** Receives output of commands and services, already split into lines, without line ends. */
export type LogSink = (line: string) => void;

export interface TargetCall {
  fence: Fence;
  log: LogSink;
  signal: AbortSignal;
  /** The release that was live when the deployment began. */
  previous?: Release;
  /** Instances that may be out of service at the same time; all of them where it is not said. */
  atOnce?: number | undefined;
}

/** Real traffic of one release since it was last given traffic, as the target itself counted it. */
export interface Traffic {
  requests: number;
  /** Answers with status 5xx, and requests without an answer. */
  errors: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

export interface TargetProblem {
  what: string;
  remedy: string;
}

export interface Target {
  readonly kind: string;
  readonly capabilities: TargetCapabilities;
  /** On how many instances a release runs that can be switched one after the other; 1 where it is one whole. */
  readonly instances: number;
  /** Where the environment answers, without a trailing slash. */
  readonly url: string;
  /** What of the target's needs is missing on this machine; empty when it can work. */
  problems(): Promise<TargetProblem[]>;
  /** Puts the release on the target and, where `stage` is possible, starts it without traffic. */
  stage(release: Release, call: TargetCall): Promise<{ url?: string }>;
  /** Gives all traffic to the release. Without dropping a request where the target can. */
  activate(release: Release, call: TargetCall): Promise<void>;
  /**
   * Gives a staged release `percent` of the traffic; the live one keeps the rest, and stays the live one. Counting of
   * both begins anew. Only where `weights` is possible.
   */
  shift?(release: Release, percent: number, call: TargetCall): Promise<void>;
  /**
   * Brings the release to that many instances in all, counting those that have it; the others go on with the one
   * before. Only where `batches` is possible.
   */
  advance?(release: Release, upTo: number, call: TargetCall): Promise<void>;
  /** How many instances serve the release at this moment. Only where `batches` is possible. */
  serving?(release: Release): Promise<number>;
  /** How many instances of a service there are meant to be. Only where `scale` is possible. @throws TARGET_FAILED */
  replicas?(service: string): Promise<number>;
  /**
   * Brings a service of the live release to that many instances, all of them ready, and keeps it so for the releases
   * that follow. Only where `scale` is possible.
   */
  scale?(service: string, replicas: number, call: TargetCall): Promise<void>;
  /** Ends a release that has no traffic; its files stay for a rollback. Refuses the live one. */
  retire(release: Release, call: TargetCall): Promise<void>;
  /** Why the release cannot be brought back, or undefined when it can (files present, digest right). */
  notRestorable(release: Release): Promise<string | undefined>;
  /** Brings an earlier release back live. */
  restore(release: Release, call: TargetCall): Promise<void>;
  /** Takes the environment out of service: for the rollback of a first release. */
  stop(call: TargetCall): Promise<void>;
  /** Release id and version that the target itself says is live; undefined when nothing is. */
  live(): Promise<{ releaseId?: string; version?: string } | undefined>;
  traffic(release: Release): Promise<Traffic | undefined>;
  /** Last lines the release itself has written, oldest first. */
  releaseLog(release: Release, lines: number): Promise<string[]>;
  /**
   * Ends and deletes what nobody needs: neither the live release, nor the newest of `releases` (given newest first),
   * nor what `inUse` names.
   */
  prune(kept: { releases: Release[]; inUse: string[] }, call: TargetCall): Promise<void>;
}

/** What a target implementation gets from the house. */
export interface TargetSettings<Config> {
  environment: string;
  project: string;
  /** Absolute folder of the project. */
  projectDir: string;
  /** Absolute folder that belongs to this target alone. */
  stateDir: string;
  config: Config;
  /** Environment of the server process, read once at start. */
  serverEnvironment: Readonly<Record<string, string | undefined>>;
}
