/** What the record of a project says about its changes, in numbers and names. */

/** One deployment or rollback as the report sees it. */
export interface ChangeFact {
  id: string;
  environment: string;
  kind: 'deploy' | 'rollback' | 'runbook';
  state: string;
  commit: string;
  at: string;
  /** It touched the environment. */
  began: boolean;
  taskId: boolean;
  /** Verdict of the gate it rested on; absent where it had none. */
  gate?: string;
  /** Requirements that a person decided not to count. */
  overrides: string[];
  reviewed: boolean;
  /** Who signed for it, and who only said yes. */
  signed: string[];
  unverified: string[];
  /** Whether its environment asks for approvals by the policy in force. */
  approvalsAsked: boolean;
  artifact: boolean;
  /** A statement of the artifact's provenance counted for its commit. */
  provenance: boolean;
  verified: boolean;
  /** Entries of the trail about it end with how far its log went. */
  sealed: boolean;
}

export interface RecordFacts {
  project: string;
  since: string;
  until: string;
  changes: ChangeFact[];
  chain: 'intact' | { brokenAt: number; why: string };
  entries: number;
  anchored?: { position: number; at: string; signedBy?: string };
  objects?: { kept: number; erased: number; problems: string[] };
  policy: { approvedBy?: string; level?: string; weaker: string[]; changes: number; doubtful?: string };
  environments: {
    name: string;
    requirements: string[];
    after?: string;
    approvals?: { required: number; level: string };
  }[];
  overrides: { environment: string; requirement: string; by: string; at: string; reason: string }[];
  erasures: number;
  undelivered: number;
  /** Checks whose results a build system signs. */
  attestedChecks: string[];
}
