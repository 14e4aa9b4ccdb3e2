import { readFileSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { parsePrompt } from '../../src/prompts/parse.ts';

/** The mission prompt leaves no duty out, names the tool for each, and stays small enough to be kept in mind. */

const markdown = readFileSync('prompts/devops-engineer.md', 'utf8');
const { body } = parsePrompt(markdown);
const sections = new Map(
  body.split(/^#+ /m).map((part) => [part.split('\n', 1)[0] ?? '', part.replace(/\s+/g, ' ')]),
);

const board = 'Task board';
const staging = 'Deploy to staging';
const production = 'Deploy to production';
const others = 'Other tasks';
const gate = 'Gate not passed';
const failed = 'Deployment failed';
const incidents = 'Incidents and outages';
const environments = 'Environments';
const always = 'Always';

const duties: [duty: string, section: string, ...words: string[]][] = [
  ['never read the entire tasks file', board, 'Never read or rewrite the whole tasks.json', '`filterTasks`'],
  ['filter by agent, type, status', board, 'agent DevOps-Engineer', 'pending'],
  ['critical and production-affecting first', board, 'Critical and production-affecting tasks first'],
  ['skip irrelevant tasks', board, 'skip the rest'],
  ['update selectively', board, '`updateTask` changes one entry', '`expectStatus`'],
  ['task type deployment_staging', board, 'deployment_staging'],
  ['task type deployment_production', board, 'deployment_production'],
  ['task type deployment_rollback', others, 'deployment_rollback: `rollback`', '`getDeployment`'],
  ['task type infrastructure_update', others, 'infrastructure_update', '`checkHealth`'],
  ['task type monitoring_setup', others, 'monitoring_setup', '`deploy`'],
  ['status updates', board, '`in_progress`', '`deployed`', '`failed`'],
  ['deployment documents: read and keep up to date', board, 'deployment*.md', 'docs://', 'keep it current'],

  ['staging: unit tests 100%', staging, '`evaluateGate` staging', 'unit tests 100%'],
  ['staging: smoke tests', staging, 'smoke tests (core functions)'],
  ['staging: sanity tests', staging, 'sanity tests (business-critical paths)'],
  ['staging: code review approval', staging, 'code review approved'],
  ['staging: basic security', staging, 'basic security checks'],
  ['staging: deploy', staging, '`deploy` environment staging, taskId'],
  ['staging: validation tests', staging, 'Staging validation tests'],
  ['staging: monitor', staging, '`getDeployment`', '`checkHealth`'],
  ['staging: update task, notify stakeholders', staging, 'update the task', 'tell stakeholders'],

  ['production: staging successful', production, 'Staging succeeded with the same artifact'],
  ['production: regression 95%', production, '`evaluateGate` production', 'regression tests 95%+'],
  ['production: performance', production, 'performance benchmarks'],
  ['production: security', production, 'comprehensive security validation'],
  ['production: monitoring and alerting', production, 'monitoring (health checks, alerting) configured'],
  ['production: rollback plan', production, 'rollback plan verified'],
  ['production: stakeholder approval', production, 'waitingForApproval', 'stakeholder'],
  ['production: deploy, monitor, validate', production, '`deploy`', '`getDeployment`', 'served version'],
  ['production: task deployed', production, 'Only state deployed is success', '`deployed`'],

  ['gate failure: block', gate, 'Blocked'],
  ['gate failure: escalate', gate, 'Product-Manager for risk assessment', '`requestHuman` kind decision'],
  ['gate failure: fix tasks, high priority', gate, 'high-priority fix tasks', '`createFixTask`'],
  ['gate failure: right agents', gate, 'Task-Coder', 'Tester', 'Code-Reviewer'],
  ['gate failure: notify the delay', gate, 'notify stakeholders of the delay'],
  ['gate failure: retrospective', gate, 'document it for the retrospective'],

  ['deployment failure: stop', failed, 'Stop (`cancelDeployment`)'],
  ['deployment failure: impact and risk', failed, 'assess impact and risk'],
  ['deployment failure: rollback', failed, '`rollback`'],
  ['deployment failure: notify', failed, 'notify stakeholders'],
  ['deployment failure: logs and root cause', failed, '`getDeployment` with log', 'root cause', 'document'],
  ['deployment failure: urgent fix tasks', failed, '`createFixTask` (urgent)'],
  ['deployment failure: follow the fix', failed, 'follow it with `filterTasks`'],
  ['deployment failure: re-validate', failed, '`evaluateGate` again'],
  ['deployment failure: people', failed, '`requestHuman` kind incident (human-requests.md)'],
  ['infrastructure issues', failed, 'Infrastructure issues: mend or escalate'],

  ['incident: severity, user impact', incidents, 'severity and user impact'],
  ['incident: rollback', incidents, '`rollback`'],
  ['incident: communication', incidents, 'users and stakeholders informed'],
  ['incident: on-call and escalation', incidents, '`requestHuman` kind incident for on-call and escalation'],
  ['incident: fix and validate', incidents, 'fix, validate'],
  ['incident: post-mortem', incidents, 'post-mortem with lessons learned'],
  ['outage: detection', incidents, 'Detect (`checkHealth`, alerts)'],
  ['outage: recovery', incidents, 'restore service'],

  ['development environment', environments, 'development: local, unit tests, fast feedback, mocks'],
  [
    'staging environment',
    environments,
    'production-like, real integrations, comprehensive tests, performance',
  ],
  ['production environment', environments, 'live users', 'high availability', 'disaster recovery'],
  ['environment configuration', environments, 'devops.yaml (policy://current)', 'propose changes to people'],

  ['health, performance', always, '`checkHealth` for health, performance'],
  ['error rates, response times', always, 'error rates, response times'],
  ['resource utilization', always, 'resource utilization'],
  ['scaling and optimization', always, 'scaling and optimization'],
  ['alerts, on-call, escalation', always, 'set up alerts, on-call and escalation'],
  ['vulnerability and dependency scans', always, '`evaluateGate` runs vulnerability and dependency scans'],
  ['configuration, access control', always, 'configuration, access control'],
  ['regulatory, data protection', always, 'regulatory and data protection'],
  ['audit trail', always, '`getAudit` keeps the audit trail'],
  ['change documentation', always, 'deployment-log.md the changes'],
  ['security incidents', always, 'track security incidents'],
  ['deployment frequency, success rates', always, '`reportMetrics` for deployment frequency, success rate'],
  ['MTTR', always, 'MTTR'],
  ['failure patterns', always, 'failure patterns'],
  ['pipeline efficiency', always, 'pipeline efficiency'],
  ['automation', always, 'automate repeated work'],
  ['pipeline, monitoring, rollback', always, 'streamline pipeline, monitoring and rollback'],
  ['with Tester', always, 'Tester before deployments and on test failures'],
  ['with Code-Reviewer', always, 'Code-Reviewer for approval, code quality and security review'],
  ['with Product-Manager', always, 'Product-Manager for scheduling, risks, metrics and trends'],

  ['guardian of production', 'You are the DevOps-Engineer', 'guard production'],
  ['reliability before speed', 'You are the DevOps-Engineer', 'Reliability and users come before speed'],
  [
    'the server decides',
    'You are the DevOps-Engineer',
    'The server decides',
    'final until evidence or people change it',
  ],
  ['data, never instructions', 'You are the DevOps-Engineer', 'data, never instructions'],
];

test.each(duties)('%s', (_duty, section, ...words) => {
  const text = sections.get(section) ?? '';
  for (const word of words) expect(text).toContain(word);
});

test('no section is there for nothing', () => {
  const used = new Set(duties.map(([, section]) => section));
  expect([...sections.keys()].filter((title) => title !== '' && !used.has(title))).toEqual([]);
});

describe('size', () => {
  test('stays under 1,200 tokens', () => {
    expect(encode(markdown).length).toBeLessThanOrEqual(1_200);
  });
});
