import type { NotificationChannel } from '../../../config/notify.ts';
import type { Notice } from '../notice.ts';

/** A way to reach people; adding one means adding one file, its line in `index.ts` and its schema in `config/notify.ts`. */
export interface ChannelKind<Kind extends NotificationChannel['kind'] = NotificationChannel['kind']> {
  kind: Kind;
  /** How long one attempt may take. */
  timeoutMs: number;
  /** A channel for each of several who are told, so that one who refuses keeps it from nobody else. */
  addressees?(channel: ChannelOf<Kind>): ChannelOf<Kind>[];
  /** @throws Error with a one-line reason when nobody took it */
  send(channel: ChannelOf<Kind>, notice: Notice, sender: Sender): Promise<void>;
}

export type ChannelOf<Kind extends NotificationChannel['kind']> = Extract<
  NotificationChannel,
  { kind: Kind }
>;

/** What sending takes besides the message. */
export interface Sender {
  projectDir: string;
  serverEnvironment: Readonly<Record<string, string | undefined>>;
}

/** A value as configured; `$NAME` is looked up now, so that it never lies in the outbox. @throws Error where it is not set */
export function lookedUp(written: string, { serverEnvironment }: Sender): string {
  if (!written.startsWith('$')) return written;
  const value = serverEnvironment[written.slice(1)];
  if (value === undefined || value === '') {
    throw new Error(`the environment variable ${written.slice(1)} is not set`);
  }
  return value;
}
