import { httpPostJson } from '../../../platform/http.ts';
import { genericMessage } from '../formats/generic.ts';
import { slackMessage } from '../formats/slack.ts';
import { teamsMessage } from '../formats/teams.ts';
import { type ChannelKind, lookedUp } from './channel.ts';

const formats = { generic: genericMessage, slack: slackMessage, teams: teamsMessage };

export const webhook: ChannelKind<'webhook'> = {
  kind: 'webhook',
  timeoutMs: 5_000,
  async send({ url, format = 'generic' }, notice, sender) {
    const headers = { 'idempotency-key': notice.id };
    const body = formats[format](notice);
    const { status } = await httpPostJson(lookedUp(url, sender), body, headers, this.timeoutMs);
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`);
  },
};
