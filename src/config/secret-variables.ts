import type { NotificationChannel } from './notify.ts';

/** Where a configuration names variables that hold secrets. Apart from the schema, which only who reads one loads. Pure. */

/** `$NAME` of an environment variable. */
export const variable = /^\$[A-Za-z_][A-Za-z0-9_]*$/;

/** Names of the variables that a channel's address and password stand in. */
export function secretVariables(channel: NotificationChannel): string[] {
  const written =
    channel.kind === 'webhook'
      ? [channel.url]
      : channel.kind === 'smtp'
        ? [channel.url, channel.password]
        : [];
  return written.flatMap((text) => (text !== undefined && variable.test(text) ? [text.slice(1)] : []));
}
