/** Mail over SMTP. */

export interface MailServer {
  host: string;
  port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it, and always where somebody logs in. */
  secure: boolean;
  login?: { user: string; password: string };
}

export interface Mail {
  from: Mailbox;
  to: Mailbox[];
  subject: string;
  text: string;
  /** `<id@domain>` */
  messageId: string;
  date: Date;
}

interface Mailbox {
  name?: string;
  address: string;
}

/** @throws Error with a one-line reason when the server did not take it in time */
export async function sendMail(server: MailServer, mail: Mail, timeoutMs: number): Promise<void> {
  const { createTransport } = await import('nodemailer'); // whoever mails nothing does not load it
  const { host, port, secure, login } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && login !== undefined && !isLoopback(host),
    ...(login && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      ...mail,
      from: { name: mail.from.name ?? '', address: mail.from.address },
      to: mail.to.map(({ name = '', address }) => ({ name, address })),
      headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834: no answer from an out-of-office program
      // A server that sends a byte now and then is never silent for long enough.
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw new Error(
      reasonOf(error as Error & { code?: unknown }, timeoutMs)
        .replace(/\s+/g, ' ')
        .slice(0, 300),
    );
  }
}

function reasonOf({ name, code, message }: Error & { code?: unknown }, timeoutMs: number): string {
  const tooLong = `the mail server took longer than ${timeoutMs} ms`;
  if (name === 'AbortError') return tooLong;
  // The library's own limits end in the same moment: whichever of them is first says the same.
  return code === 'ETIMEDOUT' ? `${tooLong}: ${message}` : message;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
