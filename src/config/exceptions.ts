import * as z from 'zod';
import { day } from './values.ts';

/** How a finding is excused in `devops.yaml`: always one, with a reason and an end. */

const name = z.string().trim().min(1).max(200);

export const exception = z.strictObject({
  id: name
    .refine((id) => id.length > 1 && !id.includes('*'), {
      error: 'must be one whole name such as CVE-2026-1234; patterns are not known here',
    })
    .describe('Name of the vulnerability (CVE, GHSA, OSV) or of the rule, as the report gives it.'),
  package: name
    .optional()
    .describe('The package in which it is excused, where the report names packages; else in all of them.'),
  reason: z
    .string()
    .trim()
    .min(15, { error: 'must say in a sentence why this may be' })
    .max(1_000)
    .describe('Why this may be, for whoever reads the verdict.'),
  until: day.describe(
    'Last day on which it counts (UTC). An exception that ends more than 366 days ahead does not count yet.',
  ),
  approvedBy: name.optional().describe('Who agreed to it.'),
});
/** A dated reason not to count one finding. */
export type Exception = z.output<typeof exception>;
