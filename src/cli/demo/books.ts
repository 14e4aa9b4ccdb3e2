import { waitUntil } from '../../platform/clock.ts';
import type { Deployment, Stage } from './cast.ts';
import { expect } from './narrator.ts';
import type { Scene } from './scene.ts';

/** The board, the documents, the figures and the chain, as they were left behind. */
export async function closeBooks(
  { narrator, scene, agent }: Stage,
  { requests, bad }: { requests: number; bad: Deployment['deployment'] },
): Promise<string[]> {
  narrator.chapter('6. What is left behind');
  const urgent = await agent.call<{ tasks: { id: string; title: string }[] }>('filterTasks', {
    agent: 'Task-Coder',
    type: 'urgent_fix',
    status: 'pending',
  });
  expect(urgent.tasks.length > 0, 'the rolled-back release left no fix task');
  const board = await changedEntries(scene);
  const metrics = await narrator.step('reportMetrics', () =>
    agent.call<{ deploymentFrequency: { count: number }; changeFailureRate: { percent?: number } }>(
      'reportMetrics',
      { window: '1h' },
    ),
  );
  const audit = await narrator.step('getAudit', () =>
    agent.call<{ chain: unknown; entries: { position: number }[] }>('getAudit', { limit: 1 }),
  );
  expect(audit.chain === 'intact', 'the audit chain is broken');
  const told = async () => scene.messages.find(({ event }) => event === 'rolledBack');
  const notified = await waitUntil(told, { timeoutMs: 10_000 });
  expect(notified !== undefined, 'nobody was notified of the rollback');
  return [
    `requests during the good switch: ${requests}, failed: 0`,
    `bad release ${bad.id}: ${bad.state}, ${bad.failure?.code}`,
    `open fix tasks: ${urgent.tasks.map(({ id, title }) => `${id} ${title}`).join('; ')}`,
    `tasks.json since 1.0: only ${board.join(', ')} changed, every other entry byte for byte the same`,
    `deployments: ${metrics.deploymentFrequency.count}, change failure rate ${metrics.changeFailureRate.percent ?? 0}%`,
    `notifications delivered: ${scene.messages.length} (${[...new Set(scene.messages.map(({ event }) => event))].join(', ')})`,
    `audit chain: intact, ${audit.entries[0]?.position ?? 0} entries`,
  ];
}

/** Ids of the entries that changed since 1.0. @throws StoryBroken when the text of any other entry changed */
async function changedEntries(scene: Scene): Promise<string[]> {
  const before = entriesOf(await scene.git('show', `${scene.firstCommit}:tasks.json`));
  const after = entriesOf(await scene.readFile('tasks.json'));
  const changed = [...after].filter(([id, text]) => before.get(id) !== text).map(([id]) => id);
  const finished = await scene.git('diff', '--numstat', scene.firstCommit, '--', 'tasks.json');
  const removedLines = Number(finished.split('\t')[1]);
  expect(
    [...before.keys()].every((id) => after.has(id)),
    'an entry of the board is gone',
  );
  // One line of an entry that was there is replaced for its status, and one where its message was empty.
  expect(removedLines <= 2 * changed.length, `${removedLines} lines of tasks.json were replaced`);
  return changed;
}

/** The exact text of each entry of the sample's board, by its id. */
function entriesOf(text: string): Map<string, string> {
  const entries = text
    .split(/^ {2}\{$/m)
    .slice(1)
    .map((entry) => entry.split(/^ {2}\}/m)[0] ?? '');
  return new Map(entries.map((entry) => [/"task_id": "([^"]+)"/.exec(entry)?.[1] ?? '', entry]));
}
