/** A task that a gate asks for. */
export interface Repair {
  /** The requirement it is about. */
  check: string;
  title: string;
  description: string;
  agent: string;
  type: string;
  /** What broke, in words that stay the same from commit to commit: by it an open task is found again. */
  cause: Record<string, string>;
}

/** What every repair of one gate says about where it comes from. */
export interface GateFacts {
  gateId: string;
  environment: string;
  commit: string;
}
