import { cleanLine, cleanText } from '../../evidence/untrusted.ts';
import { agents } from '../../operations/agents.ts';
import type { Commit } from '../../platform/git.ts';
import type { Project } from '../../project.ts';
import { unknownReview } from '../checks/review.ts';
import { standingChecks } from '../checks/standing.ts';
import { evidenceById } from '../evidence-store.ts';
import { reviewersFile } from '../review/reviewers.ts';
import type { Culprit, RequirementResult } from '../types.ts';
import { headOf, repairsOf, titleOf } from './culprit-repairs.ts';
import type { GateFacts, Repair } from './repair.ts';

/** Who has to do what about a gate that does not pass. */
export interface Plan {
  repairs: Repair[];
  /** For whoever weighs the risk: one for each gate and commit that fails. */
  escalation?: Repair;
}

export async function planRepairs(
  project: Project,
  gate: GateFacts & { commitFacts: Commit; requirements: readonly RequirementResult[] },
  culprits: Readonly<Record<string, readonly Culprit[]>>,
): Promise<Plan> {
  const repairs: Repair[] = [];
  const grave: RequirementResult[] = [];
  for (const requirement of gate.requirements) {
    const { name, verdict } = requirement;
    if (verdict === 'pass') continue;
    const standing = standingChecks.find((check) => check.name === name);
    if (verdict === 'fail' && standing?.mendedBy !== 'caller') grave.push(requirement);
    if (standing?.mendedBy === 'reviewer') {
      if (canBeReviewed(project, requirement)) repairs.push(reviewTask(gate, requirement));
    } else if (!standing) {
      if (verdict === 'fail') repairs.push(...repairsOf(gate, requirement, culprits[name] ?? []));
      else repairs.push(...(await unproven(project, gate, requirement)));
    }
  }
  return { repairs, ...(grave.length > 0 && { escalation: riskAssessment(gate, grave) }) };
}

/** Where the policy knows nobody who could sign, and the forge does not answer, no reviewer can help. */
function canBeReviewed(project: Project, { observed }: RequirementResult): boolean {
  const { from } = project.config.reviews;
  const bySignature = from.includes('signature') || from.includes('trailer');
  if (bySignature && reviewersFile(project) !== undefined) return true;
  return (from.includes('github') || from.includes('gitlab')) && observed !== unknownReview;
}

function reviewTask(gate: GateFacts & { commitFacts: Commit }, requirement: RequirementResult): Repair {
  const { commit, environment, commitFacts } = gate;
  return {
    check: requirement.name,
    title: cleanLine(`REVIEW: commit ${commit.slice(0, 12)} for ${environment}`),
    description: [
      `${gate.gateId}: commit ${commit} "${cleanLine(commitFacts.subject)}" by ${cleanLine(commitFacts.authorName)} must be approved by somebody else before it may go to ${environment}.`,
      `Observed: ${requirement.observed}. ${cleanText(requirement.reason)}`,
      requirement.remedy ?? '',
    ].join('\n'),
    agent: agents.reviewer,
    type: 'code_review',
    cause: { gate: environment, check: requirement.name },
  };
}

/** A check that left nothing usable is broken itself; one that was not run yet only needs to be run. */
async function unproven(
  project: Project,
  gate: GateFacts,
  requirement: RequirementResult,
): Promise<Repair[]> {
  const { name: check, evidenceId } = requirement;
  const evidence = evidenceId === undefined ? undefined : await evidenceById(project, evidenceId);
  if (!evidence) return [];
  const { against } = project.config.checks[check] ?? {};
  const couldNotRun = evidence.format === 'none';
  if (couldNotRun && against !== undefined && !project.target(against).capabilities.stage) {
    return []; // the release must go there first, and the remedy says so
  }
  const isRelease = couldNotRun && against !== undefined;
  return [
    {
      check,
      title: titleOf(
        isRelease
          ? `${check} cannot reach the release (${gate.environment} gate)`
          : `${check} proves nothing (${gate.environment} gate)`,
      ),
      description: [headOf(gate, requirement), cleanText(requirement.reason)].join('\n'),
      agent: isRelease ? agents.coder : agents.tester,
      type: 'urgent_fix',
      cause: { gate: gate.environment, check },
    },
  ];
}

function riskAssessment(gate: GateFacts, grave: readonly RequirementResult[]): Repair {
  const { commit, environment, gateId } = gate;
  const names = grave.map(({ name }) => name).join(', ');
  return {
    check: 'gate',
    title: cleanLine(`RISK: the ${environment} gate keeps ${commit.slice(0, 12)} out: ${names}`),
    description: [
      `${gateId} failed for commit ${commit}; its deployment to ${environment} is blocked and delayed. Assess the risk of the delay, and of what failed:`,
      ...grave.map(({ name, required, observed }) => `- ${name}: required ${required}, observed ${observed}`),
      'Fix tasks are filed. Only people can decide otherwise, signed.',
    ].join('\n'),
    agent: agents.productManager,
    type: 'risk_assessment',
    cause: { gate: environment, commit, escalation: 'risk' },
  };
}
