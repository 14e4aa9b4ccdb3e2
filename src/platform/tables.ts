/** The state database: one row type per table (`migrations.ts` makes them). JSON columns hold text; their readers parse them. */

export interface DeploymentRow {
  id: string;
  environment: string;
  kind: 'deploy' | 'rollback' | 'runbook';
  state: string;
  /** Fencing number: rises with every deployment of the environment, 0 until it holds the environment. */
  number: number;
  commit_sha: string;
  commit_at: string;
  author: string;
  version: string;
  artifact_digest: string | null;
  task_id: string | null;
  reason: string | null;
  caller: string;
  /** The deployment whose release was live when this one began. */
  previous_id: string | null;
  /** For rollbacks: the deployment whose release is brought back. */
  restore_id: string | null;
  gate_id: string | null;
  policy_digest: string;
  served_version: string | null;
  failure: string | null;
  cancel_reason: string | null;
  runner: string | null;
  requested_at: string;
  /** When it may begin; null for at once. */
  not_before: string | null;
  /** JSON: name and parameters of a runbook; null for releases. */
  runbook: string | null;
  started_at: string | null;
  finished_at: string | null;
}

export interface StepRow {
  deployment_id: string;
  position: number;
  name: string;
  state: 'running' | 'done' | 'failed';
  started_at: string;
  finished_at: string | null;
  result: string | null;
}

export interface EnvironmentRow {
  name: string;
  /** Highest fencing number given out. */
  fence: number;
  /** The deployment that may act on the environment now. */
  holder_id: string | null;
  /** The deployment whose release is live. */
  live_id: string | null;
}

export interface ArtifactRow {
  commit_sha: string;
  definition_digest: string;
  digest: string;
  created_at: string;
}

export interface EvidenceRow {
  id: string;
  check_name: string;
  commit_sha: string;
  /** Git tree of the commit; '' in records older than the column. */
  tree_sha: string;
  /** What made the report, for people: command, exit code, Node and our own version. */
  tool: string;
  definition_digest: string;
  /** Digest of the artifact that was tested, for checks against a running release. */
  artifact_digest: string | null;
  evidence: string;
  report_digest: string | null;
  gate_id: string;
  started_at: string;
  finished_at: string;
  expires_at: string;
  /** For evidence out of a signed statement: whose it is, by which key, and out of which payload. */
  producer: string | null;
  principal: string | null;
  /** Names the producer with its keys as they were: a statement of a key that was taken away is worth nothing. */
  producer_digest: string | null;
  statement_digest: string | null;
}

export interface GateRow {
  id: string;
  environment: string;
  commit_sha: string;
  verdict: string;
  requirements: string;
  policy_digest: string;
  artifact_digest: string | null;
  mode: string;
  caller: string;
  runner: string | null;
  progress: string | null;
  /** 1 once a caller has been told the result of a detached run. */
  delivered: number;
  created_at: string;
  finished_at: string | null;
  expires_at: string | null;
  cancel_reason: string | null;
  /** JSON of what followed from a verdict that is no pass; null where nothing did. */
  actions: string | null;
}

export interface ApprovalRow {
  id: string;
  deployment_id: string;
  environment: string;
  /** Canonical JSON of what would happen; the exact bytes that are signed. */
  statement: string;
  required: number;
  roles: string;
  level: string;
  status: 'pending' | 'approved' | 'rejected' | 'expired' | 'void';
  human_request_id: string | null;
  created_at: string;
  expires_at: string;
}

export interface ApprovalAnswerRow {
  approval_id: string;
  approver: string;
  role: string;
  level: string;
  decision: 'approve' | 'reject';
  reason: string | null;
  key_fingerprint: string | null;
  signature: string | null;
  at: string;
}

export interface AuditRow {
  position: number;
  at: string;
  actor: string;
  /** Canonical JSON of who called; null in records older than the column, as `person`. */
  caller: string | null;
  /** Canonical JSON of the person who decided, where one did. */
  person: string | null;
  action: string;
  subject: string;
  decision: string;
  /** Canonical JSON. */
  detail: string;
  previous: string;
  hash: string;
}

export interface OutboxRow {
  id: string;
  event: string;
  environment: string | null;
  /** JSON as configured: a `$NAME` stays a name. */
  channel: string;
  payload: string;
  attempts: number;
  last_error: string | null;
  /** When it may be tried again; while it is being sent, when others may believe that the sender died. */
  next_at: string;
  created_at: string;
  delivered_at: string | null;
}

/** What was asked in `human-requests.md`, and what people typed there. */
export interface HumanRequestRow {
  /** From 1 on, in the order of asking. */
  number: number;
  /** Id of its entry; a file that begins anew gives it out again, and the latest counts. */
  id: string;
  kind: string;
  environment: string | null;
  deployment_id: string | null;
  /** Digest of what was asked: the same question is not asked twice. */
  question: string;
  /** The entry as we wrote it: whatever else stands there now is somebody else's. */
  written: string;
  filed_at: string;
  /** Anybody's words: whoever can write the file can write this. */
  answer: string | null;
  answered_at: string | null;
  /** When we resolved it; what is typed later is not read. */
  closed_at: string | null;
}

/** Something that people have not answered yet. */
export interface EscalationRow {
  id: string;
  event: string;
  environment: string | null;
  subject: string;
  text: string;
  opened_at: string;
  closed_at: string | null;
  closed_why: string | null;
  /** Why a link could not be told; null where none is owed. */
  last_error: string | null;
}

/** A link that was told: none is told twice. */
export interface EscalationLinkRow {
  escalation_id: string;
  /** Canonical JSON of the link as configured when it was told. */
  link: string;
  told_at: string;
}

/** The policies that counted as approved, in order; the newest is the one that the present one is held against. */
export interface PolicyRow {
  /** From 1 on, without gaps. */
  number: number;
  digest: string;
  /** Canonical JSON: what the digest is taken of. */
  content: string;
  /** JSON: the text of each signer file at that time by its path, null where there was none. */
  signers: string;
  /** The first one that the records saw is taken as it is. */
  how: 'firstUse' | 'approved';
  approver: string | null;
  role: string | null;
  level: 'signed' | 'unverified' | null;
  reason: string | null;
  /** The exact text that was signed. */
  statement: string | null;
  key_fingerprint: string | null;
  signature: string | null;
  at: string;
}

/** Decisions of people that a requirement does not count for one commit. */
export interface OverrideRow {
  id: string;
  environment: string;
  requirement: string;
  commit_sha: string;
  policy_digest: string;
  /** The exact text that was signed; what counts is what it says. */
  statement: string;
  approver: string;
  role: string;
  key_fingerprint: string;
  signature: string;
  at: string;
  expires_at: string;
}

export interface Tables {
  deployments: DeploymentRow;
  steps: StepRow;
  environments: EnvironmentRow;
  artifacts: ArtifactRow;
  evidence: EvidenceRow;
  gates: GateRow;
  approvals: ApprovalRow;
  approval_answers: ApprovalAnswerRow;
  audit: AuditRow;
  outbox: OutboxRow;
  human_requests: HumanRequestRow;
  escalations: EscalationRow;
  escalation_links: EscalationLinkRow;
  policies: PolicyRow;
  overrides: OverrideRow;
  /** SQLite's own: the highest key that each table with `autoincrement` ever had. */
  sqlite_sequence: { name: string; seq: number };
}
