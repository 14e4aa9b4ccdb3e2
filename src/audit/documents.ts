/** The change documents that are written for people. Pure. */

export interface DeploymentFacts {
  id: string;
  kind: 'deploy' | 'rollback';
  environment: string;
  version: string;
  commit: string;
  from?: string;
  state: string;
  /** Who asked. */
  caller: string;
  reason?: string;
  taskId?: string;
  startedAt: string;
  finishedAt: string;
  commits: { sha: string; author: string; subject: string }[];
  gate: { name: string; verdict: string; observed: string }[];
  approvals: { approver: string; role: string; level: string; at: string }[];
  servedVersion?: string;
  failure?: { code: string; step: string; message: string };
}

const title =
  '# Deployment log\n\nOne section per deployment, newest last. Written by devops-engineer; do not edit.\n';

/** One section of `deployment-log.md`: what, why, who, proof, approval, result. */
export function deploymentSection(facts: DeploymentFacts): string {
  const { id, kind, environment, version, from, state, failure } = facts;
  const what = kind === 'rollback' ? 'Rollback' : 'Deployment';
  return [
    `## ${facts.finishedAt} ${environment} ${version}: ${state}`,
    '',
    `- **${what}**: ${id}${from ? `, replaces ${from}` : ''}`,
    `- **Commit**: ${facts.commit}`,
    `- **Requested by**: ${plain(facts.caller)}${facts.taskId ? ` for task ${plain(facts.taskId)}` : ''}`,
    ...(facts.reason ? [`- **Reason**: ${plain(facts.reason)}`] : []),
    `- **Time**: ${facts.startedAt} to ${facts.finishedAt}`,
    `- **Serving**: ${facts.servedVersion ? plain(facts.servedVersion) : 'not proven'}`,
    ...(failure ? [`- **Failure**: ${failure.code} in ${failure.step}: ${plain(failure.message)}`] : []),
    ...list(
      'Approvals',
      facts.approvals.map(
        ({ approver, role, level, at }) => `${plain(approver)} as ${role}, ${level}, ${at}`,
      ),
    ),
    ...list(
      'Gate',
      facts.gate.map(({ name, verdict, observed }) => `${verdict}: ${name} (${plain(observed)})`),
    ),
    ...list(
      'Commits',
      facts.commits.map(
        ({ sha, author, subject }) => `${sha.slice(0, 12)} ${plain(author)}: ${plain(subject)}`,
      ),
    ),
    '',
  ].join('\n');
}

/** Appends a section; a section of the same deployment that is there already stays as it is. */
export function appendSection(text: string | undefined, section: string, id: string): string {
  if (text === undefined || text.trim() === '') return `${title}\n${section}`;
  if (text.includes(`**: ${id}`)) return text;
  return `${text}${text.endsWith('\n') ? '' : '\n'}\n${section}`;
}

function list(name: string, items: string[]): string[] {
  return items.length === 0 ? [] : [`- **${name}**:`, ...items.map((item) => `  - ${item}`)];
}

/** Text of others on one line, without marks that could build headings, links, images or HTML. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>#|!]/g, '\\$&')
    .trim();
}
