import { suggest, type Trouble } from './issues.ts';
import type { NotificationChannel } from './notify.ts';
import type { Config } from './schema.ts';
import { formatDuration } from './values.ts';

/** What the shape of channels and of an escalation alone cannot say: names that exist, somebody who is told. Pure. */
export function notifyTroubles(config: Config): Trouble[] {
  return [
    ...config.notify.flatMap((channel, index) => [
      ...channelTroubles(config, channel, index),
      ...environmentTroubles(config, ['notify', index, 'environments'], channel.environments),
    ]),
    ...config.escalation.flatMap((link, index) => [
      ...linkTroubles(config, index),
      ...environmentTroubles(config, ['escalation', index, 'environments'], link.environments),
    ]),
  ];
}

function channelTroubles(
  { notify, escalation }: Config,
  channel: NotificationChannel,
  index: number,
): Trouble[] {
  const { name, on } = channel;
  const at = (key: string) => ['notify', index, key];
  const troubles: Trouble[] = [];
  if (name !== undefined && notify.findIndex((one) => one.name === name) < index) {
    troubles.push({ path: at('name'), message: `"${name}" is the name of another channel already` });
  }
  if (on.length === 0 && !escalation.some(({ channels }) => channels?.includes(name ?? ''))) {
    troubles.push({
      path: at('on'),
      message: `names no event, and nothing escalates to it: it would never be told anything`,
    });
  }
  if (channel.kind === 'webhook' && channel.format !== 'generic' && !channel.url.startsWith('$')) {
    troubles.push({
      path: at('url'),
      message:
        'must be $NAME of the environment variable that holds it: whoever knows this address can post there',
    });
  }
  if (channel.kind === 'smtp') {
    const { url, host, port, secure, user, password } = channel;
    if ((url === undefined) === (host === undefined)) {
      troubles.push({
        path: at(url === undefined ? 'host' : 'url'),
        message: 'name the mail server once: either url or host',
      });
    }
    if (url !== undefined && [port, secure, user, password].some((one) => one !== undefined)) {
      troubles.push({
        path: at('url'),
        message: 'says port, secure, user and password itself: leave them out',
      });
    }
    if ((user === undefined) !== (password === undefined)) {
      troubles.push({
        path: at(user === undefined ? 'password' : 'user'),
        message: `is nothing without ${user === undefined ? 'user' : 'password'}: give both or none`,
      });
    }
  }
  return troubles;
}

function linkTroubles({ escalation, notify }: Config, index: number): Trouble[] {
  const { agent, channels, after } = escalation[index] ?? { after: 0 };
  const previous = escalation[index - 1]?.after;
  const known = notify.flatMap(({ name }) => name ?? []);
  return [
    ...(agent === undefined && channels === undefined
      ? [{ path: ['escalation', index], message: 'tells nobody: name an agent, or channels' }]
      : []),
    ...(channels ?? []).flatMap((name, place) =>
      known.includes(name)
        ? []
        : [
            {
              path: ['escalation', index, 'channels', place],
              message: `there is no channel named "${name}" in notify${suggest(name, known)}`,
            },
          ],
    ),
    ...(previous !== undefined && after <= previous
      ? [
          {
            path: ['escalation', index, 'after'],
            message: `must be longer than that of the link before, ${formatDuration(previous)}: it counts from the beginning`,
          },
        ]
      : []),
  ];
}

function environmentTroubles(
  { environments }: Config,
  path: (string | number)[],
  names: readonly string[] = [],
): Trouble[] {
  return names.flatMap((name, index) =>
    Object.hasOwn(environments, name)
      ? []
      : [
          {
            path: [...path, index],
            message: `there is no environment "${name}"${suggest(name, Object.keys(environments))}`,
          },
        ],
  );
}
