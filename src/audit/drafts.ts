import { cleanLine } from '../evidence/untrusted.ts';
import { type DeploymentFacts, plain } from './documents.ts';

/** Drafts of documents that people complete, made of what is on record. Pure. */

export interface PostMortemFacts extends DeploymentFacts {
  requestedAt: string;
  steps: { name: string; state: string; startedAt: string; durationMs?: number }[];
  /** Last lines of its log. Untrusted. */
  log: string[];
  fixTasks: string[];
}

const toComplete = '_To be completed._';

/** What is known about a deployment that went wrong, and the questions that only people can answer. */
export function postMortemDraft(facts: PostMortemFacts): string {
  const { kind, environment, version, state, failure, from, servedVersion, gate, log, fixTasks } = facts;
  const missed = gate.filter(({ verdict }) => verdict !== 'pass');
  const serving = state === 'rolledBack' ? from : servedVersion;
  return [
    `# Post-mortem: ${kind} of ${plain(version)} to ${plain(environment)}, ${plain(state)}`,
    '',
    `Draft of deployment ${plain(facts.id)}, made from the record; what people know is missing.`,
    '',
    '## Summary',
    '',
    `${kind === 'rollback' ? 'A rollback' : 'A deployment'} of commit ${plain(facts.commit)}, requested by ${plain(facts.caller)}${facts.taskId ? ` for task ${plain(facts.taskId)}` : ''}, ended as ${plain(state)}${failure ? ` in ${plain(failure.step)}: ${plain(failure.message)}` : ''}.`,
    ...(facts.reason ? ['', `Reason given: ${plain(facts.reason)}.`] : []),
    '',
    '## Impact',
    '',
    `- Serving afterwards: ${serving ? plain(serving) : 'not proven'}; before: ${from ? plain(from) : 'nothing'}.`,
    `- Whom it reached, and for how long: ${toComplete}`,
    '',
    '## Timeline (UTC)',
    '',
    ...timeline(facts),
    '',
    '## What failed',
    '',
    ...(failure ? [`- ${plain(failure.code)} in ${plain(failure.step)}: ${plain(failure.message)}`] : []),
    ...missed.map(
      ({ name, verdict, observed }) => `- ${plain(name)}: ${plain(verdict)} (${plain(observed)})`,
    ),
    ...(log.length > 0
      ? ['', 'Last lines of its log:', '', ...log.map((line) => `    ${cleanLine(line)}`)]
      : []),
    '',
    '## What changed',
    '',
    ...commitList(facts.commits),
    '',
    '## Causes',
    '',
    toComplete,
    '',
    '## Actions',
    '',
    ...(fixTasks.length > 0 ? fixTasks.map((id) => `- ${plain(id)}`) : [toComplete]),
    '',
  ].join('\n');
}

/** In the order of time: a step that waited for people began before they answered. */
function timeline({ requestedAt, approvals, steps, finishedAt, state }: PostMortemFacts): string[] {
  const events: [at: string, what: string][] = [
    [requestedAt, 'requested'],
    ...approvals.map(({ approver, role, at, decision }): [string, string] => [
      at,
      `${decision === 'reject' ? 'rejected' : 'approved'} by ${plain(approver)} as ${plain(role)}`,
    ]),
    ...steps.map(({ name, state: how, startedAt, durationMs }): [string, string] => [
      startedAt,
      `${plain(name)}: ${plain(how)}${durationMs === undefined ? '' : ` after ${durationMs} ms`}`,
    ]),
    [finishedAt, `ended as ${plain(state)}`],
  ];
  return events
    .sort(([a], [b]) => Date.parse(a) - Date.parse(b))
    .map(([at, what]) => `- ${plain(at)} ${what}`);
}

const kinds: [title: string, is: RegExp][] = [
  ['Features', /^feat(?:ure)?$/],
  ['Fixes', /^(?:bug)?fix$/],
  ['Performance', /^perf$/],
  ['Reverted', /^revert$/],
  ['Documentation', /^docs?$/],
];
const others = 'Other changes';

/** The commits since the release before, by what their subjects say that they are (Conventional Commits). */
export function releaseNotes({
  environment,
  version,
  from,
  finishedAt,
  state,
  commits,
}: DeploymentFacts): string {
  const groups = new Map<string, string[]>();
  const put = (title: string, line: string) => groups.set(title, [...(groups.get(title) ?? []), line]);
  for (const { sha, author, subject } of commits) {
    if (/^Merge (?:branch|pull request|remote-tracking|tag) /.test(subject)) continue;
    const [, kind = '', scope, breaking, words = subject] =
      /^(\w+)(?:\(([^)]{1,60})\))?(!)?: (.+)$/.exec(subject) ?? [];
    const title = kinds.find(([, is]) => is.test(kind.toLowerCase()))?.[0];
    const text =
      title === undefined && breaking === undefined ? subject : scope ? `${scope}: ${words}` : words;
    const line = `- ${plain(text)} (${plain(sha.slice(0, 12))}, ${plain(author)})`;
    if (breaking !== undefined) put('Breaking changes', line);
    else put(title ?? others, line);
  }
  const order = ['Breaking changes', ...kinds.map(([title]) => title), others];
  return [
    `# Release ${plain(version)}`,
    '',
    `${plain(state)} on ${plain(environment)} at ${plain(finishedAt)}${from ? `, after ${plain(from)}` : ''}.`,
    ...order.flatMap((title) => {
      const lines = groups.get(title);
      return lines ? ['', `## ${title}`, '', ...lines] : [];
    }),
    ...(groups.size === 0 ? ['', 'No commits since the release before.'] : []),
    '',
  ].join('\n');
}

function commitList(commits: DeploymentFacts['commits']): string[] {
  if (commits.length === 0) return ['- Nothing: the release was there before.'];
  return commits.map(
    ({ sha, author, subject }) => `- ${plain(sha.slice(0, 12))} ${plain(author)}: ${plain(subject)}`,
  );
}
