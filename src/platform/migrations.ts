/** How the state database comes to have its tables. */

/** Numbered, append-only: a migration that was released is never edited. */
export const migrations: readonly string[] = [
  `
  create table deployments (
    id text primary key, environment text not null, kind text not null, state text not null,
    number integer not null, commit_sha text not null, commit_at text not null, author text not null,
    version text not null, artifact_digest text, task_id text, reason text, caller text not null,
    previous_id text, restore_id text, gate_id text, policy_digest text not null, served_version text,
    failure text, cancel_reason text, runner text, requested_at text not null, started_at text, finished_at text
  ) strict;
  create index deployments_by_environment on deployments (environment, requested_at);
  create index deployments_by_state on deployments (state);
  create table steps (
    deployment_id text not null references deployments (id), position integer not null, name text not null,
    state text not null, started_at text not null, finished_at text, result text,
    primary key (deployment_id, name)
  ) strict;
  create table environments (
    name text primary key, fence integer not null, holder_id text, live_id text
  ) strict;
  create table artifacts (
    commit_sha text not null, definition_digest text not null, digest text not null, created_at text not null,
    primary key (commit_sha, definition_digest)
  ) strict;
  create table evidence (
    id text primary key, check_name text not null, commit_sha text not null, definition_digest text not null,
    artifact_digest text, evidence text not null, report_digest text, gate_id text not null,
    started_at text not null, finished_at text not null, expires_at text not null
  ) strict;
  create index evidence_by_check on evidence (commit_sha, check_name, finished_at);
  create table gates (
    id text primary key, environment text not null, commit_sha text not null, verdict text not null,
    requirements text not null, policy_digest text not null, artifact_digest text, mode text not null,
    caller text not null, runner text, progress text, delivered integer not null, created_at text not null,
    finished_at text, expires_at text
  ) strict;
  create index gates_by_commit on gates (environment, commit_sha, created_at);
  create table approvals (
    id text primary key, deployment_id text not null, environment text not null, statement text not null,
    required integer not null, roles text not null, level text not null, status text not null,
    human_request_id text, created_at text not null, expires_at text not null
  ) strict;
  create index approvals_by_deployment on approvals (deployment_id);
  create table approval_answers (
    approval_id text not null references approvals (id), approver text not null, role text not null,
    level text not null, decision text not null, reason text, key_fingerprint text, signature text,
    at text not null, primary key (approval_id, approver)
  ) strict;
  create table audit (
    position integer primary key autoincrement, at text not null, actor text not null, action text not null,
    subject text not null, decision text not null, detail text not null, previous text not null,
    hash text not null
  ) strict;
  create index audit_by_subject on audit (subject);
  create table outbox (
    id text primary key, event text not null, environment text, channel text not null, payload text not null,
    attempts integer not null, last_error text, next_at text not null, created_at text not null,
    delivered_at text
  ) strict;
  `,
  `
  alter table evidence add column tree_sha text not null default '';
  alter table evidence add column tool text not null default '';
  `,
  `
  create table policies (
    number integer primary key, digest text not null, content text not null, signers text not null,
    how text not null, approver text, role text, level text, reason text, statement text, key_fingerprint text,
    signature text, at text not null
  ) strict;
  create table overrides (
    id text primary key, environment text not null, requirement text not null, commit_sha text not null,
    policy_digest text not null, statement text not null, approver text not null, role text not null,
    key_fingerprint text not null, signature text not null, at text not null, expires_at text not null
  ) strict;
  create index overrides_by_commit on overrides (commit_sha, environment);
  `,
  `
  alter table gates add column cancel_reason text;
  `,
  `
  alter table evidence add column producer text;
  alter table evidence add column principal text;
  alter table evidence add column producer_digest text;
  alter table evidence add column statement_digest text;
  create unique index evidence_by_statement
    on evidence (statement_digest, check_name, definition_digest, producer_digest, coalesce(artifact_digest, ''));
  `,
  `
  alter table gates add column actions text;
  `,
  `
  alter table deployments add column not_before text;
  alter table deployments add column runbook text;
  `,
  `
  alter table audit add column caller text;
  alter table audit add column person text;
  `,
  `
  create table escalations (
    id text primary key, event text not null, environment text, subject text not null, text text not null,
    opened_at text not null, closed_at text, closed_why text, last_error text
  ) strict;
  create index escalations_open on escalations (closed_at, opened_at);
  create table escalation_links (
    escalation_id text not null references escalations (id), link text not null, told_at text not null,
    primary key (escalation_id, link)
  ) strict;
  create table human_requests (
    number integer primary key, id text not null, kind text not null, environment text, deployment_id text,
    question text not null, written text not null, filed_at text not null, answer text, answered_at text,
    closed_at text
  ) strict;
  create index human_requests_by_id on human_requests (id);
  create index outbox_waiting on outbox (delivered_at, next_at);
  `,
];
