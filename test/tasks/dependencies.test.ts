import { expect, test } from 'vitest';
import { added, boardOf, changed } from './boards.ts';

const readinessIn = async (text: string, { keepsIndex = true } = {}) => {
  const { tasks } = await boardOf(text, { keepsIndex }).filter({ sort: 'file', withReadiness: true });
  return tasks.map(({ id, ready, waitingFor }) => [id, ready, waitingFor]);
};

const chain = JSON.stringify([
  { id: 'A', status: 'done' },
  { id: 'B', status: 'Completed', dependencies: ['A'] },
  { id: 'C', status: 'pending', deps: ['A', 'B'] },
  { id: 'D', status: 'pending', depends_on: ['C', { taskId: 'A' }] },
  { id: 'E', status: 'pending', payload: { dependencies: ['gone'] } },
]);

test.each([true, false])(
  'a task is ready when everything it depends on is done (index kept: %s)',
  async (keepsIndex) => {
    expect(await readinessIn(chain, { keepsIndex })).toEqual([
      ['A', true, []],
      ['B', true, []],
      ['C', true, []],
      ['D', false, ['C']],
      ['E', false, ['gone']],
    ]);
  },
);

test('what failed or was given up is nothing to build on', async () => {
  const text = '[{"id":1,"status":"failed"},{"id":2,"status":"cancelled"},{"id":3,"dependencies":[1,"2"]}]';
  expect((await readinessIn(text))[2]).toEqual(['3', false, ['1', '2']]);
});

test('in a tagged file a dependency means the task of its own list, and subtasks are known', async () => {
  const text = JSON.stringify({
    master: {
      tasks: [
        {
          id: 1,
          status: 'done',
          subtasks: [
            { id: 1, status: 'pending' },
            { id: 2, status: 'done' },
          ],
        },
        { id: 2, status: 'pending', dependencies: [1, '1.2'] },
        { id: 3, status: 'pending', dependencies: ['1.1', '1.9'] },
      ],
    },
    other: {
      tasks: [
        { id: '1', status: 'pending' },
        { id: '4', dependencies: [1] },
      ],
    },
  });
  expect(await readinessIn(text)).toEqual([
    ['master/1', true, []],
    ['2', true, []],
    ['3', false, ['1.1', '1.9']],
    ['other/1', true, []],
    ['4', false, ['1']],
  ]);
});

test('a dependency that closes a circle is refused, and the way is named', async () => {
  const refused = { code: 'DEPENDENCY_CYCLE', message: expect.stringContaining('A -> D -> C -> B -> A') };
  const text = chain.replace('"deps":["A","B"]', '"deps":["B"]').replace(',{"taskId":"A"}', '');
  await expect(changed(text, 'A', { set: { dependencies: ['D'] } })).rejects.toMatchObject(refused);
  await expect(changed(text, 'A', { set: { dependencies: ['A'] } })).rejects.toMatchObject({
    code: 'DEPENDENCY_CYCLE',
  });
  // Whoever comes next would be T-001, and somebody already waits for that.
  await expect(added('[{"id":"x","dependencies":["T-001"]}]', { dependencies: ['x'] })).rejects.toMatchObject(
    { code: 'DEPENDENCY_CYCLE' },
  );
});

test('a dependency on nothing is refused; those that were there before do not matter', async () => {
  const unknown = { code: 'DEPENDENCY_UNKNOWN', message: expect.stringContaining('"Z"') };
  await expect(changed(chain, 'C', { set: { deps: ['A', 'Z'] } })).rejects.toMatchObject(unknown);
  await expect(added(chain, { dependencies: ['Z'] })).rejects.toMatchObject(unknown);
  const { text } = await changed(chain, 'E', {
    status: 'done',
    set: { 'payload.dependencies': ['gone', 'A'] },
  });
  expect(text).toContain('"payload":{"dependencies":["gone","A"]}');
});

test('circles that are there already are walked once', async () => {
  const text = '[{"id":"A","dependencies":["B"]},{"id":"B","dependencies":["A"]},{"id":"C"}]';
  expect((await changed(text, 'C', { set: { dependencies: ['A'] } })).changedFields).toEqual([
    'dependencies',
  ]);
});
