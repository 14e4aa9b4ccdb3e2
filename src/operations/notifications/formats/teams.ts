import { footOf, type Notice, textOf, titleOf } from '../notice.ts';

/**
 * An Adaptive Card for a webhook of Microsoft Teams Workflows (learn.microsoft.com: "Create incoming webhooks with
 * Workflows"; adaptivecards.io schema 1.4). A `TextBlock` would read Markdown, so every text is a `TextRun`, which
 * reads none; who is mentioned would stand in `msteams.entities`, and nobody does. Pure.
 */
export function teamsMessage(notice: Notice): object {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            paragraph(titleOf(notice), { weight: 'Bolder', size: 'Medium' }),
            paragraph(textOf(notice, 5_000)), // the whole message may have 28 KiB, and a character up to four bytes
            paragraph(footOf(notice), { isSubtle: true, size: 'Small' }),
          ],
        },
      },
    ],
  };
}

function paragraph(text: string, look: object = {}): object {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: inert(text), ...look }] };
}

/** Tags of mentions, expressions of templates and `{{DATE(…)}}` are taken apart by an invisible joiner. */
function inert(text: string): string {
  return text.replace(/<(?=\/?at\b)|\{(?=\{)|[$@](?=\{)/gi, '$&\u2060');
}
