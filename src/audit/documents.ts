import { cleanLine } from '../evidence/untrusted.ts';

/** The change documents that are written for people. Pure. */

export interface DeploymentFacts {
  id: string;
  kind: keyof typeof kinds;
  environment: string;
  version: string;
  commit: string;
  /** Version that was live before. */
  from?: string;
  /** Final state of the deployment: the result. */
  state: string;
  /** Who asked. */
  caller: string;
  reason?: string;
  taskId?: string;
  /** Whether anything was touched: what was rejected, say, ended before. */
  began: boolean;
  /** ISO 8601 UTC. */
  startedAt: string;
  finishedAt: string;
  commits: { sha: string; author: string; subject: string }[];
  gate: { name: string; verdict: string; observed: string }[];
  /** Requirements that people decided not to count. */
  overrides?: { requirement: string; by: string; role: string; reason: string; until: string }[];
  approvals: {
    approver: string;
    role: string;
    level: string;
    at: string;
    decision: string;
  }[];
  servedVersion?: string;
  failure?: { code: string; step: string; message: string };
}

const title =
  '# Deployment log\n\nOne section per deployment, newest last. Written by devops-engineer; do not edit.\n';

const kinds = { deploy: 'Deployment', rollback: 'Rollback', runbook: 'Runbook' };

/**
 * One section of `deployment-log.md`: what, why, who, proof, approval, result. It begins with
 * `## <ISO time> <environment> <version>: <result>`, and every value in it is escaped to one line of plain text.
 */
export function deploymentLogSection(facts: DeploymentFacts): string {
  const { kind, environment, version, from, state, caller, taskId, reason, failure, gate } = facts;
  const overrides = facts.overrides ?? [];
  const passed = gate.filter(({ verdict }) => verdict === 'pass').length;
  return [
    `## ${plain(facts.finishedAt)} ${plain(environment)} ${plain(version)}: ${plain(state)}`,
    '',
    // The id stands behind the first mark and nowhere else: by it a section is found again.
    `- **${kinds[kind]}**: ${plain(facts.id)}${from ? `, ${facts.began ? 'replaces' : 'to replace'} ${plain(from)}` : ''}`,
    `- **Commit**: ${plain(facts.commit)}`,
    `- **Requested by**: ${plain(caller)}${taskId ? ` for task ${plain(taskId)}` : ''}`,
    ...(reason ? [`- **Reason**: ${plain(reason)}`] : []),
    `- **Time**: ${plain(facts.startedAt)} to ${plain(facts.finishedAt)}`,
    ...(failure
      ? [`- **Failure**: ${plain(failure.code)} in ${plain(failure.step)}: ${plain(failure.message)}`]
      : []),
    ...outcome(facts),
    ...list(
      'Overridden',
      ` ${overrides.map(({ requirement }) => plain(requirement)).join(', ')} did not count`,
      overrides.map(
        ({ requirement, by, role, until, reason: why }) =>
          `${plain(requirement)} by ${plain(by)} as ${plain(role)}, until ${plain(until)}: ${plain(why)}`,
      ),
    ),
    ...list(
      'Approvals',
      '',
      facts.approvals.map(
        ({ approver, role, level, at, decision }) =>
          `${plain(approver)} as ${plain(role)}, ${plain(level)}, ${plain(at)}${decision === 'reject' ? ': rejected' : ''}`,
      ),
    ),
    ...list(
      'Gate',
      ` ${passed} of ${gate.length} requirements passed`,
      gate.map(({ name, verdict, observed }) => `${plain(verdict)}: ${plain(name)} (${plain(observed)})`),
    ),
    ...list(
      'Commits',
      '',
      facts.commits.map(
        ({ sha, author, subject }) => `${plain(sha.slice(0, 12))} ${plain(author)}: ${plain(subject)}`,
      ),
    ),
    '',
  ].join('\n');
}

/**
 * Appends a section in the line ends of the file; every byte of the file stays. A section of the same deployment that
 * is there already stays as it is, so that repeating changes nothing.
 */
export function appendSection(text: string | undefined, section: string): string {
  const [id] = idsIn(section);
  if (text === undefined || text.trim() === '') return `${text ?? ''}${title}\n${section}`;
  if (id !== undefined && idsIn(text).includes(id)) return text;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = /\n\r?\n$/.test(text) ? '' : text.endsWith('\n') ? lineEnd : `${lineEnd}${lineEnd}`;
  return `${text}${gap}${section.replaceAll('\n', lineEnd)}`;
}

/** Only the marks of a section can look like this: in values every asterisk is escaped. */
function idsIn(text: string): string[] {
  return [...text.matchAll(/^- \*\*(?:Deployment|Rollback|Runbook)\*\*: ([^\s,]+)/gm)].map(
    ([, id]) => id ?? '',
  );
}

/** What serves after the end; what the deployment last proved of itself no longer counts once it was rolled back. */
function outcome({ state, began, from, servedVersion, failure }: DeploymentFacts): string[] {
  if (!began) return ['- **Not begun**: nothing was touched'];
  if (state === 'rolledBack') {
    const [where, serving] = from
      ? [`to ${plain(from)}`, plain(from)]
      : ['taken out of service, there was no release before', 'nothing'];
    return [`- **Rolled back**: ${where}`, `- **Serving**: ${serving}`];
  }
  return [
    ...(failure?.code === 'ROLLBACK_FAILED' ? ['- **Rolled back**: tried, and failed'] : []),
    `- **Serving**: ${servedVersion ? plain(servedVersion) : 'not proven'}`,
  ];
}

function list(name: string, summary: string, items: string[]): string[] {
  return items.length === 0 ? [] : [`- **${name}**:${summary}`, ...items.map((item) => `  - ${item}`)];
}

/** Text of others on one line, without marks that could build headings, lists, links, images or HTML. */
export function plain(text: string): string {
  return cleanLine(text)
    .replace(/[\\`*[\]<>#|!~&]|(?<![a-z0-9])_|_(?![a-z0-9])/gi, '\\$&')
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d+)([.)]\s)/, '$1\\$2');
}
