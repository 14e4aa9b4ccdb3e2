import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../../../src/operations/notifications/channels/command.ts';
import type { Notice } from '../../../src/operations/notifications/notice.ts';

const notice: Notice = {
  id: 'msg-1',
  event: 'deployed',
  project: 'shop',
  subject: 'dep-1',
  text: '$(touch /tmp/never); "`',
  at: '2026-11-26T10:00:00.000Z',
};
const serverEnvironment = { PATH: process.env.PATH, HOME: tmpdir(), DEPLOY_TOKEN: 'not for commands' };
const sender = { projectDir: tmpdir(), serverEnvironment };
const channelOf = (run: string) => ({ kind: 'command' as const, run, on: [] });

test('gets the event on standard input, and no secrets of the server', async () => {
  const file = path.join(tmpdir(), `told-${process.pid}.json`);
  await command.send(channelOf(`cat > ${file}; env >> ${file}`), notice, sender);
  const [line, ...rest] = (await readFile(file, 'utf8')).split('\n');
  expect(line?.startsWith(JSON.stringify(notice))).toBe(true);
  expect(rest.join('\n')).not.toContain('DEPLOY_TOKEN');
});

test('one that fails has not delivered', async () => {
  await expect(command.send(channelOf('cat > /dev/null; exit 3'), notice, sender)).rejects.toThrow(
    'ended with 3',
  );
});
