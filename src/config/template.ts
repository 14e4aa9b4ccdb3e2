import { stringify } from 'yaml';
import type { ProjectFacts } from './project-facts.ts';
import { type CheckProposal, proposeChecks } from './propose-checks.ts';
import { proposeTargets, type TargetProposal, type TargetProposals } from './propose-target.ts';

/**
 * Writes a commented `devops.yaml` from what was found. What stands on its own is proposed; what a person must
 * decide first is there as a comment, with what has to be decided. Pure.
 */
export function proposeConfig(facts: ProjectFacts): string {
  const checks = proposeChecks(facts);
  const targets = proposeTargets(facts);
  return [
    header,
    yaml({ project: facts.name }),
    '',
    checksSection(checks),
    '',
    ...(targets?.staging.buildsItself ? [] : artifactSection(facts)),
    environmentsSection(checks, targets),
    '',
    approversSection,
    '',
    notifySection,
    '',
  ].join('\n');
}

const header = `# What is proven about a release, where it goes, and who must agree.
# Proposed by "devops-engineer init" from what it found in this project: read it, correct it, commit it.
# "devops-engineer check" validates it; docs/configuration.md of devops-engineer-mcp explains every field.
`;

function checksSection(checks: readonly CheckProposal[]): string {
  const title = '# How evidence is produced: each command runs in a clean checkout of the exact commit.';
  if (checks.length === 0) {
    return [
      title,
      '# No tests were found. A check looks like this:',
      commented(yaml({ checks: { unit: { run: 'make test', report: exampleReport } } })),
      'checks: {}',
    ].join('\n');
  }
  const blocks = checks.map(({ name, notes, definition }) =>
    [...notes.map(note), yaml({ [name]: definition })].join('\n'),
  );
  return [title, 'checks:', indented(blocks.join('\n\n'))].join('\n');
}

const exampleReport = { format: 'junit', path: 'reports/unit.xml' };

function artifactSection({ node }: ProjectFacts): string[] {
  const build = node?.scripts.build === undefined ? undefined : `${node.packageManager} run build`;
  const artifact = { ...(node?.install && { prepare: node.install }), ...(build && { build }) };
  if (Object.keys(artifact).length === 0) return [];
  return ['# Built once per commit; every environment gets this very artifact.', yaml({ artifact }), ''];
}

function environmentsSection(checks: readonly CheckProposal[], targets: TargetProposals | undefined): string {
  if (!targets) {
    return [
      '# Nothing was found that says how this project is deployed. An environment looks like this:',
      commented(yaml({ environments: { staging: exampleEnvironment } })),
      'environments: {}',
    ].join('\n');
  }
  const { staging, production } = targets;
  const ready = staging.decisions.length === 0;
  const stagingBlock = environmentBlock('staging', staging, { gate: gateOf(checks, 'staging') });
  const productionBlock = environmentBlock('production', production, {
    after: 'staging',
    gate: { ...gateOf(checks, 'production'), rollback: 'verified' },
    approvals: { from: ['stakeholder'] },
  });
  const title = ready
    ? ['environments:']
    : [
        '# When all is decided, remove the next line and the comment signs.',
        'environments: {}',
        '# environments:',
      ];
  return [
    ...title,
    indented([...staging.notes.map(note), ...decisionNotes(staging.decisions)].join('\n')),
    indented(ready ? stagingBlock : commented(stagingBlock)),
    '',
    indented(
      [
        note('Production takes the very artifact that staging has proven.'),
        ...decisionNotes(['who approves (approvers, below)', 'where production is', ...production.decisions]),
        commented(productionBlock),
      ].join('\n'),
    ),
  ].join('\n');
}

const exampleEnvironment = {
  target: { kind: 'process', run: './bin/serve', port: 8080 },
  health: { path: '/healthz', version: '$.version' },
};

function decisionNotes(decisions: readonly string[]): string[] {
  return decisions.length === 0 ? [] : [note(`To decide: ${decisions.join('; ')}.`)];
}

function environmentBlock(
  name: string,
  { target, health }: TargetProposal,
  { after, gate, approvals }: { after?: string; gate: object; approvals?: object },
): string {
  const environment = {
    ...(after !== undefined && { after }),
    ...(Object.keys(gate).length > 0 && { gate }),
    ...(approvals && { approvals }),
    target,
    health,
  };
  return yaml({ [name]: environment });
}

function gateOf(checks: readonly CheckProposal[], where: CheckProposal['gate']): Record<string, unknown> {
  return Object.fromEntries(
    checks.filter(({ gate }) => gate === where).map(({ name, demand }) => [name, demand]),
  );
}

const approversSection = `# Who may approve, by role: files in OpenSSH allowed_signers format, one line per person.
# With a reviewer, staging can demand "review: approved" in its gate.
# approvers:
#   stakeholder:
#     allowedSigners: .devops-approvers
#   reviewer:
#     allowedSigners: .devops-reviewers`;

const notifySection = `# Who is told what happened; $NAME is read from the environment of the server.
# notify:
#   - kind: webhook
#     url: $DEPLOY_WEBHOOK_URL
#     on: [deployed, failed, rolledBack, gateFailed, approvalNeeded]`;

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function note(text: string): string {
  return `# ${text}`;
}

function commented(text: string): string {
  return text.replaceAll(/^/gm, '# ');
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
