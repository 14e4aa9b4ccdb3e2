import * as z from 'zod';
import { keepingTime } from './values.ts';

/** How long what is kept beside the audit trail stays, as written in `devops.yaml`. */

export const retention = z
  .strictObject({
    logs: keepingTime
      .optional()
      .describe('Logs of deployments and gates, and of releases on this machine that do not run any more.'),
    reports: keepingTime
      .optional()
      .describe('Raw reports of checks. What was read out of them, and the verdicts, stay.'),
    artifacts: keepingTime.optional().describe('Built artifacts.'),
  })
  .describe(
    'What is removed when it is older; without it everything is kept. What is live, what could be rolled back to, and what an open request or evidence that still counts rests on always stays. Each removal stands in the audit trail.',
  );

export type RetentionConfig = z.output<typeof retention>;
