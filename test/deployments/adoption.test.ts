import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adoptOrphans } from '../../src/deployments/adoption.ts';
import { openState, type State } from '../../src/platform/database.ts';
import type { Project } from '../../src/project.ts';
import { stateRows } from '../state-rows.ts';

/** Whose runner is started by whoever comes by: those that lost theirs, not those whose runner is on its way. */

let dir: string;
let state: State;
let started: string[];

beforeAll(async () => {
  dir = await mkdtemp(path.join(process.env.TEST_FOLDER ?? '/tmp', 'adoption-'));
  state = await openState(path.join(dir, '.devops/state.db'), (text) => text);
  await state.change(async () => undefined); // the file is made by the first use
});
afterAll(async () => {
  await state.close();
  await rm(dir, { recursive: true, force: true });
});

const ago = (durationMs: number) => new Date(Date.now() - durationMs).toISOString();

function given(
  id: string,
  row: { state: string; requestedMs?: number; runner?: string; cancelled?: string },
) {
  stateRows(
    dir,
    `insert into deployments (id, environment, kind, state, number, commit_sha, commit_at, author, version, caller,
      policy_digest, requested_at, runner, cancel_reason) values (?, 'staging', 'deploy', ?, 1, 'c', 'c', 'a', 'v', '{}', 'p', ?, ?, ?)`,
    id,
    row.state,
    ago(row.requestedMs ?? 0),
    row.runner ?? null,
    row.cancelled ?? null,
  );
}
function asked(
  id: string,
  status: string,
  { answeredMs, leftMs = 60_000 }: { answeredMs?: number; leftMs?: number },
) {
  stateRows(
    dir,
    `insert into approvals (id, deployment_id, environment, statement, required, roles, level, status, created_at, expires_at)
      values (?, ?, 'staging', '{}', 1, '[]', 'signed', ?, ?, ?)`,
    `apr-${id}`,
    id,
    status,
    ago(90_000),
    ago(-leftMs),
  );
  if (answeredMs === undefined) return;
  stateRows(
    dir,
    `insert into approval_answers (approval_id, approver, role, level, decision, at) values (?, 'sam', 'r', 'signed', 'approve', ?)`,
    `apr-${id}`,
    ago(answeredMs),
  );
}
async function adopted(): Promise<string[]> {
  started = [];
  const project = {
    configFile: 'devops.yaml',
    state,
    startRun: (_: string, id: string) => started.push(id),
  } as unknown as Project;
  await adoptOrphans(project);
  return started.sort();
}

test('a runner that is on its way is not started a second time; one that never came, or died, is', async () => {
  const dead = JSON.stringify({ pid: 1, startMark: 'another process of that number' });
  given('just-asked', { state: 'pending' });
  given('asked-long-ago', { state: 'pending', requestedMs: 11_000 });
  given('died', { state: 'baking', runner: dead });
  given('waits', { state: 'waitingForApproval' });
  asked('waits', 'pending', {});
  given('just-answered', { state: 'waitingForApproval', requestedMs: 90_000 });
  asked('just-answered', 'approved', { answeredMs: 1_000 });
  given('answered-long-ago', { state: 'waitingForApproval', requestedMs: 90_000 });
  asked('answered-long-ago', 'approved', { answeredMs: 11_000 });
  given('expired', { state: 'waitingForApproval', requestedMs: 90_000 });
  asked('expired', 'pending', { leftMs: -1_000 });
  given('voided', { state: 'waitingForApproval', requestedMs: 90_000 });
  asked('voided', 'void', {});
  given('cancelled', { state: 'waitingForApproval', cancelled: 'no' });
  asked('cancelled', 'pending', {});
  expect(await adopted()).toEqual([
    'answered-long-ago',
    'asked-long-ago',
    'cancelled',
    'died',
    'expired',
    'voided',
  ]);
});
