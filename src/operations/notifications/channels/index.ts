import type { NotificationChannel } from '../../../config/notify.ts';
import type { ChannelKind } from './channel.ts';
import { command } from './command.ts';
import { smtp } from './smtp.ts';
import { webhook } from './webhook.ts';

export const channelKinds = { webhook, smtp, command };

/** @returns undefined for a kind that only another version knows */
export function kindOf({ kind }: NotificationChannel): ChannelKind | undefined {
  return Object.hasOwn(channelKinds, kind) ? (channelKinds[kind] as ChannelKind) : undefined;
}
