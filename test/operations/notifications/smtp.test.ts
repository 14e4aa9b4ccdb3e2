import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { parseMailbox } from '../../../src/config/notify.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { smtp } from '../../../src/operations/notifications/channels/smtp.ts';
import type { Notice } from '../../../src/operations/notifications/notice.ts';
import { sendMail } from '../../../src/platform/mail.ts';

const notice: Notice = {
  id: 'msg-7k2m',
  event: 'failed',
  project: 'shop',
  environment: 'production',
  subject: 'dep-1',
  text: 'deploy of abc to production: failed (health answers 500)',
  at: '2026-11-26T10:00:00.000Z',
};

const mail = {
  from: { address: 'a@b.example' },
  to: [{ address: 'c@d.example' }],
  subject: 'x',
  text: 'y',
  messageId: '<1@b.example>',
  date: new Date(),
};

interface Mail {
  from: string;
  to: string[];
  raw: string;
  user: string | undefined;
}
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A real mail server. */
async function mailServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) =>
      password === 'right horse' ? done(null, { user: username }) : done(new Error('wrong password')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          user: session.user,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { port: (server.server.address() as AddressInfo).port, mails };
}

const channelOf = (written: object) =>
  configSchema.shape.notify.parse([
    { kind: 'smtp', from: 'Deployments <deploy@shop.example>', to: ['ops@shop.example'], ...written },
  ])[0] as never;
const sender = (serverEnvironment: Record<string, string> = {}) => ({ projectDir: '/', serverEnvironment });
const headersOf = ({ raw }: Mail) => raw.slice(0, raw.indexOf('\r\n\r\n'));

test('a mail says what happened where, under an id that stays the same when it is sent again', async () => {
  const { port, mails } = await mailServer();
  const channel = channelOf({ url: `smtp://127.0.0.1:${port}` });
  await smtp.send(channel, notice, sender());
  await smtp.send(channel, notice, sender());
  expect(mails).toHaveLength(2);
  for (const mail of mails) {
    expect(mail).toMatchObject({ from: 'deploy@shop.example', to: ['ops@shop.example'] });
    const headers = headersOf(mail).split('\r\n');
    expect(headers).toContain('Subject: [shop] Deployment failed: production');
    expect(headers).toContain('Message-ID: <msg-7k2m@shop.example>');
    expect(headers).toContain('Auto-Submitted: auto-generated');
    expect(headers).toContain('Date: Thu, 26 Nov 2026 10:00:00 +0000');
    expect(mail.raw).toContain('health answers 500');
  }
});

test('login with a password from the environment, named by url or by host', async () => {
  const { port, mails } = await mailServer();
  const environment = {
    SMTP_URL: `smtp://shop%40x:right%20horse@127.0.0.1:${port}`,
    SMTP_PASSWORD: 'right horse',
    WRONG: 'wrong',
  };
  await smtp.send(channelOf({ url: '$SMTP_URL' }), notice, sender(environment));
  const byHost = { host: '127.0.0.1', port, user: 'shop' };
  await smtp.send(channelOf({ ...byHost, password: '$SMTP_PASSWORD' }), notice, sender(environment));
  expect(mails.map(({ user }) => user)).toEqual(['shop@x', 'shop']);
  const wrong = smtp.send(channelOf({ ...byHost, password: '$WRONG' }), notice, sender(environment));
  await expect(wrong).rejects.toThrow(/^(?!.*wrong$).*535/);
  await expect(smtp.send(channelOf({ ...byHost, password: '$UNSET' }), notice, sender())).rejects.toThrow(
    'the environment variable UNSET is not set',
  );
});

test('no password goes to another machine without TLS', async () => {
  const { port, mails } = await mailServer();
  const server = { host: '127.0.0.1', port, secure: false, login: { user: 'shop', password: 'right horse' } };
  await sendMail(server, mail, 5_000);
  expect(mails).toHaveLength(1);
  // The same server by an address that does not say that it is this machine.
  await expect(sendMail({ ...server, host: '0.0.0.0' }, mail, 5_000)).rejects.toThrow(/TLS/);
  expect(mails).toHaveLength(1);
});

test('a certificate that nobody vouches for is refused', async () => {
  const { port, mails } = await mailServer({ secure: true });
  const channel = channelOf({ host: '127.0.0.1', port, secure: true });
  await expect(smtp.send(channel, notice, sender())).rejects.toThrow(/certificate|self-signed/i);
  expect(mails).toEqual([]);
});

test('each recipient gets a mail of their own: who is refused keeps it from nobody else', async () => {
  const { port, mails } = await mailServer({
    onRcptTo: ({ address }, _, done) =>
      address.startsWith('gone') ? done(new Error('550 no such user')) : done(),
  });
  const channel = channelOf({
    url: `smtp://127.0.0.1:${port}`,
    to: ['gone@shop.example', 'ops@shop.example'],
  });
  const each = smtp.addressees?.(channel) ?? [];
  expect(each).toHaveLength(2);
  const outcomes = await Promise.allSettled(each.map((one) => smtp.send(one, notice, sender())));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(mails.map(({ to }) => to)).toEqual([['ops@shop.example']]);
});

test.each([
  'x\r\nBcc: evil@evil.example\r\n\r\nbody',
  'x\nSubject: forged',
  '\r\n.\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<evil@evil.example>\r\nDATA\r\nforged\r\n.\r\n',
  'x\u2028Bcc: evil@evil.example\u0085Cc: evil@evil.example\u0000',
  '=?utf-8?q?x=0ABcc:_evil@evil.example?=',
])('no text becomes a header, a recipient or a second mail: %j', async (text) => {
  const { port, mails } = await mailServer();
  const forged = { ...notice, text, subject: text, project: text, environment: text };
  await smtp.send(channelOf({ url: `smtp://127.0.0.1:${port}` }), forged, sender());
  expect(mails).toHaveLength(1);
  const [mail] = mails as [Mail];
  expect(mail.to).toEqual(['ops@shop.example']);
  const names = headersOf(mail)
    .split(/\r\n(?![ \t])/)
    .map((line) => line.split(':')[0]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.map((name) => name?.toLowerCase()).sort()).toEqual(
    [
      ...['auto-submitted', 'content-transfer-encoding', 'content-type', 'date', 'from', 'message-id'],
      ...['mime-version', 'subject', 'to'],
    ].sort(),
  );
});

test('a server that sends a byte now and then is given up in time, and its connection is closed', async () => {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    const drip = setInterval(() => socket.write('2'), 50);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(drip);
      open.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  await expect(sendMail({ host: '127.0.0.1', port, secure: false }, mail, 400)).rejects.toThrow(
    'took longer than 400 ms',
  );
  await expect.poll(() => open.size).toBe(0);
});

describe('addresses in devops.yaml', () => {
  test.each([
    ['ops@shop.example', { address: 'ops@shop.example' }],
    ['Shop, Inc <ops+x@shop.example>', { name: 'Shop, Inc', address: 'ops+x@shop.example' }],
    ['Bjørn <bjørn@bø.example>', { name: 'Bjørn', address: 'bjørn@bø.example' }],
  ])('%s', (text, mailbox) => expect(parseMailbox(text)).toEqual(mailbox));

  test.each([
    'ops',
    'a@b.example, c@d.example',
    'a@b.example\nBcc: c@d.example',
    'x\r\nBcc: y <a@b.example>',
    '<a@b.example',
    'a@b.example>',
    '"x" <a@b.example>',
    'a@b@c.example',
    '@b.example',
    'a@-',
    'a b@c.example',
  ])('none: %j', (text) => expect(parseMailbox(text)).toBeUndefined());
});
