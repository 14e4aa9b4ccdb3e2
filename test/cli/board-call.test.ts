import { expect, test } from 'vitest';
import { boardCallOf } from '../../src/cli/board-call.ts';
import { boardTools } from '../../src/tools/board-tools.ts';

test('knows every tool of the board', () => {
  for (const { name } of boardTools) {
    expect(boardCallOf(['call', name])).toEqual({ tool: name, text: '{}', json: false, exitCode: false });
  }
});

test('takes options in any place', () => {
  const call = { tool: 'updateTask', text: '{"id":"1"}', project: '/p', json: true, exitCode: true };
  expect(
    boardCallOf(['--project', '/p', 'call', 'updateTask', '{"id":"1"}', '--json', '--exit-code']),
  ).toEqual(call);
  expect(
    boardCallOf(['call', '--json', '--exit-code', 'updateTask', '--project', '/p', '{"id":"1"}']),
  ).toEqual(call);
});

test.each([
  [[]],
  [['tasks']],
  [['call']],
  [['call', 'deploy', '{}']],
  [['call', 'filterTasks', '{}', 'more']],
  [['call', 'filterTasks', '--help']],
  [['call', 'filterTasks', '--', '{}']],
  [['call', 'filterTasks', '--project']],
  [['call', 'filterTasks', '--project', '--json']],
  [['call', 'filterTasks', '--project=/p']],
  [['call', 'filterTasks', '-x']],
])('leaves %j to the long way', (args) => {
  expect(boardCallOf(args)).toBeUndefined();
});
