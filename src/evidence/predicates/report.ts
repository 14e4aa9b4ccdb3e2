import * as z from 'zod';
import { decodeBase64 } from '../base64.ts';
import { firstIssue } from '../json-report.ts';
import { Unreadable } from '../unreadable.ts';
import { Misaddressed, type PredicateKind } from './types.ts';

export const reportPredicateType = 'https://devops-engineer-mcp.dev/attestation/report/v1';

/** A raw report beyond this does not travel in a statement: it is in base64 twice, and in every clone. */
export const maxReportBytes = 8 * 1024 * 1024;

const schema = z.object({
  /** Two projects in one repository may have checks of the same name. */
  project: z.string().optional(),
  check: z.string(),
  definitionDigest: z.string(),
  commit: z.string(),
  tree: z.string(),
  format: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  exitCode: z.int(),
  /** Base64 of the file as the tool wrote it, or of its standard output. */
  report: z.string(),
  tool: z.string().optional(),
});

/** The content of our own predicate. */
export type ReportPredicate = z.output<typeof schema>;

/** What `devops-engineer attest` writes: the raw report of a configured check. No count in it is taken on trust. */
export const report: PredicateKind = {
  kind: 'report',
  types: [reportPredicateType],
  read(predicate, asked) {
    const parsed = schema.safeParse(predicate);
    if (!parsed.success) throw new Unreadable(`no report of a check: ${firstIssue(parsed.error)}`);
    const { project, check, startedAt, finishedAt, exitCode, tool, ...content } = parsed.data;
    if (project !== undefined && project !== asked.project)
      throw new Misaddressed(`is for the project "${project}"`);
    if (check !== asked.check) throw new Misaddressed(`is for the check "${check}"`);
    if (content.commit !== asked.commit)
      throw new Unreadable(`its report is of commit ${content.commit.slice(0, 12)}`);
    if (content.tree !== asked.tree)
      throw new Unreadable('its report is of another tree than the commit has');
    if (content.definitionDigest !== asked.definitionDigest)
      throw new Unreadable('made with another definition of the check than devops.yaml has now');
    if (asked.format !== undefined && content.format !== asked.format)
      throw new Unreadable(`its report is in the format ${content.format}, not ${asked.format}`);
    if (content.report.length > (maxReportBytes / 3) * 4 + 4)
      throw new Unreadable(`its report is larger than ${maxReportBytes / 1024 ** 2} MiB`);
    return {
      startedAt,
      finishedAt,
      tool,
      proof: { report: decodeBase64(content.report), format: content.format, exitCode },
    };
  },
};
