import { parseMailbox, type SmtpChannel } from '../../../config/notify.ts';
import { type MailServer, sendMail } from '../../../platform/mail.ts';
import { footOf, textOf, titleOf } from '../notice.ts';
import { type ChannelKind, lookedUp, type Sender } from './channel.ts';

export const smtp: ChannelKind<'smtp'> = {
  kind: 'smtp',
  timeoutMs: 10_000,
  addressees: (channel) => channel.to.map((one) => ({ ...channel, to: [one] })),
  async send(channel, notice, sender) {
    const from = parseMailbox(channel.from);
    const to = channel.to.flatMap((one) => parseMailbox(one) ?? []);
    if (!from || to.length === 0) throw new Error('no valid sender or recipient');
    const mail = {
      from,
      to,
      subject: titleOf(notice),
      text: `${textOf(notice, 20_000)}\n\n-- \n${footOf(notice)}\n`,
      messageId: `<${notice.id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
      date: new Date(notice.at),
    };
    await sendMail(serverOf(channel, sender), mail, this.timeoutMs);
  },
};

function serverOf(
  { url, host, port, secure = false, user, password }: SmtpChannel,
  sender: Sender,
): MailServer {
  if (url !== undefined) return serverAt(lookedUp(url, sender));
  if (host === undefined) throw new Error('no mail server is configured');
  return {
    host,
    secure,
    port: port ?? usualPort(secure),
    ...(user !== undefined &&
      password !== undefined && {
        login: { user: lookedUp(user, sender), password: lookedUp(password, sender) },
      }),
  };
}

function serverAt(text: string): MailServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    throw new Error('the address of the mail server is no URL of smtp or smtps');
  }
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? usualPort(secure) : Number(url.port),
    secure,
    ...(url.username !== '' && { login: { user: decoded(url.username), password: decoded(url.password) } }),
  };
}

function usualPort(secure: boolean): number {
  return secure ? 465 : 587;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that stands for itself
  }
}
