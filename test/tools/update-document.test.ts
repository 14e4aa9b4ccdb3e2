import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(undefined, { here: true });
const write = (change: Record<string, unknown>) =>
  on.agent.call('updateDocument', {
    file: 'deployment-runbook.md',
    section: 'Rollback',
    text: 'Call rollback.',
    ...change,
  });
const raw = (file: string) => fs.readFile(path.join(on.pocket.dir, file));
/** CRLF, a byte order mark, bytes that are no UTF-8, and no line end at the end. */
const original = Buffer.concat([
  Buffer.from('\ufeff# Runbook\r\n\r\n', 'utf8'),
  Buffer.from([0xff, 0xfe, 0x0d, 0x0a]),
  Buffer.from(
    '\r\n## Rollback\r\n\r\nAsk Kim.  \r\n\r\n### Database\r\n\r\nNever.\r\n\r\n## Contacts\r\n\r\n| who | when |',
    'utf8',
  ),
]);

test('changes one section, and no other byte', async () => {
  await fs.writeFile(path.join(on.pocket.dir, 'deployment-runbook.md'), original);
  const { data, text } = await write({});
  expect(data).toMatchObject({
    created: false,
    changed: true,
    sections: ['Runbook', 'Rollback', 'Database', 'Contacts'],
  });
  expect(text).toContain('changed');
  const expected = original
    .toString('latin1')
    .replace('Ask Kim.', 'Call rollback.')
    .replace('rollback.  \r', 'rollback.\r');
  expect((await raw('deployment-runbook.md')).toString('latin1')).toBe(expected);
  expect((await write({})).data).toMatchObject({ changed: false, digest: data.digest });
});

test('whoever saw another text is refused', async () => {
  const { data } = await write({ text: 'Call rollback, then tell Kim.' });
  expect((await write({ text: 'Mine.', expectDigest: '0000' })).data.error).toMatchObject({
    code: 'DOCUMENT_CHANGED',
    retryable: true,
  });
  expect((await write({ text: 'Mine.', expectDigest: data.digest })).data.changed).toBe(true);
});

test('a new section and a new document, with the secrets taken out, are recorded', async () => {
  const token = `ghp${'_'}${'a1b2'.repeat(9)}`;
  const { data } = await write({
    file: 'docs/deployment-post-mortems.md',
    section: '2026-11-26 staging',
    text: `It had ${token}.\n\n### Causes\n\nA token.`,
  });
  expect(data).toMatchObject({ created: true, sections: ['2026-11-26 staging', 'Causes'] });
  expect(await on.pocket.read('docs/deployment-post-mortems.md')).toBe(
    '## 2026-11-26 staging\n\nIt had [redacted].\n\n### Causes\n\nA token.\n',
  );
  const { contents } = await on.agent.client.readResource({ uri: 'docs://docs/deployment-post-mortems.md' });
  expect(JSON.stringify(contents)).toContain('A token.');
  const { data: audit } = await on.agent.call('getAudit', { subject: 'docs/deployment-post-mortems.md' });
  expect(audit.entries[0]).toMatchObject({
    action: 'document.update',
    detail: { section: '2026-11-26 staging', created: true },
  });
});

test.each([
  ['## Another\n\nx'],
  ['x\n===\n'],
  ['```\nnever closed'],
  ['<!-- never closed'],
  ['x\n\n# Runbook'],
  ['### Database\n\ntwice'],
])('a text that would change other sections is refused: %j', async (text) => {
  const before = await raw('deployment-runbook.md');
  expect((await write({ text })).data.error.code).toBe('INVALID_ARGUMENTS');
  expect((await raw('deployment-runbook.md')).equals(before)).toBe(true);
});

test('nothing but deployment documents can be written, and the log by the server alone', async () => {
  await fs.symlink('/etc/hostname', path.join(on.pocket.dir, 'deployment-link.md'));
  for (const file of [
    'README.md',
    '../deployment-x.md',
    '/tmp/deployment-x.md',
    'docs/../deployment-x.md',
    'a/deployment-x.md',
    'deployment-link.md',
    '.git/deployment.md',
    'deployment\n.md',
  ])
    expect((await write({ file })).data.error.code, file).toBe('UNKNOWN_RESOURCE');
  for (const file of ['deployment-log.md', 'docs/Deployment-Log.md'])
    expect((await write({ file })).data.error.code, file).toBe('INVALID_ARGUMENTS');
});

test('a folder of documents that is a link leads nowhere', async () => {
  await fs.rm(path.join(on.pocket.dir, 'docs'), { recursive: true });
  const elsewhere = path.join(on.pocket.dir, '.git');
  await fs.symlink(elsewhere, path.join(on.pocket.dir, 'docs'));
  expect((await write({ file: 'docs/deployment-x.md' })).data.error.code).toBe('UNKNOWN_RESOURCE');
  await expect(fs.access(path.join(elsewhere, 'deployment-x.md'))).rejects.toThrow();
});

test('two sections of one name cannot be told apart', async () => {
  await fs.writeFile(path.join(on.pocket.dir, 'deployment-notes.md'), '## A\n\n1\n\n## A\n\n2\n');
  expect((await write({ file: 'deployment-notes.md', section: 'A' })).data.error.message).toContain(
    '2 sections',
  );
});

test('writers at once lose nothing', async () => {
  const names = Array.from({ length: 8 }, (_, at) => `Part ${at}`);
  await Promise.all(
    names.map((section) => write({ file: 'deployment-parts.md', section, text: `of ${section}` })),
  );
  const text = await on.pocket.read('deployment-parts.md');
  for (const name of names) expect(text).toContain(`## ${name}\n\nof ${name}\n`);
});
