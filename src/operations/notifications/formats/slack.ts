import { footOf, type Notice, textOf, titleOf } from '../notice.ts';

/**
 * A message for a Slack incoming webhook (docs.slack.dev: "Sending messages using incoming webhooks", "Block Kit",
 * "Formatting message text"). Blocks are `plain_text`, in which nothing is markup; the text beside them, which
 * notifications show, is markup, and is escaped. Pure.
 */
export function slackMessage(notice: Notice): object {
  const title = titleOf(notice);
  const text = textOf(notice, 2_900); // a section takes 3,000 characters
  return {
    text: escaped(`${title}\n${text}`),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(title) },
      { type: 'section', text: plain(text) },
      { type: 'context', elements: [plain(footOf(notice))] },
    ],
  };
}

function plain(text: string): object {
  return { type: 'plain_text', text, emoji: false };
}

/** `<!channel>`, `<@U1>` and `<url|words>` begin with a bracket; an @ at the start of a word gets an invisible joiner. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?<![\p{L}\p{N}._-])[@#](?=[\p{L}\p{N}])/gu, '$&\u2060');
}
