import type { Requirement } from '../config/schema.ts';
import { findArtifact } from '../deployments/artifacts.ts';
import { now, timestamp } from '../platform/clock.ts';
import { environmentOf, type Project } from '../project.ts';
import { standingChecks, standingNames } from './checks/standing.ts';
import { findEvidence, isAboutArtifact, toStored } from './evidence-store.ts';
import { judgeEvidence } from './judge.ts';
import { withOverrides } from './overridden.ts';
import { admitStatements } from './statements/admit.ts';
import { explainStatements } from './statements/explain.ts';
import type { GateSubject } from './subject.ts';
import { type Culprit, overallVerdict, type RequirementResult, type Verdict } from './types.ts';
import { readVexFiles } from './vex-files.ts';

export interface Assessment extends EvidenceAssessment {
  verdict: Verdict;
}

/** What the requirements that are judged on reports come to. */
export interface EvidenceAssessment {
  requirements: RequirementResult[];
  /** What is wrong one by one, by the name of the requirement that fails for it. */
  culprits: Readonly<Record<string, readonly Culprit[]>>;
  /** Checks whose evidence is missing or expired, and that a run could bring nearer to it. */
  missing: string[];
  /** When the first of the evidence, exceptions and overrides that the verdict rests on expires. */
  expiresAt: string;
}

const longestValidityMs = 24 * 60 * 60 * 1_000;

/** The subject of a gate: resolves the ref and finds the artifact. @throws UNKNOWN_ENVIRONMENT, UNKNOWN_COMMIT */
export async function subjectOf(project: Project, environment: string, ref: string): Promise<GateSubject> {
  const policy = environmentOf(project, environment);
  const repository = await project.repository();
  const commit = await repository.resolve(ref);
  const artifact = await findArtifact(project, commit);
  return { environment, policy, commit, artifact };
}

/** The names of the configured checks that the gate of the subject's environment rests on. */
export function checksOf({ policy }: GateSubject): string[] {
  return Object.keys(policy.gate).filter((name) => !standingNames.includes(name));
}

/** Judges every requirement on what is known now. Runs nothing. */
export async function assess(project: Project, subject: GateSubject, gateId?: string): Promise<Assessment> {
  const proven = await assessEvidence(project, subject, gateId);
  let { expiresAt } = proven;
  // All at once: they ask endpoints and other programs, and whoever deploys waits for the answers.
  const standing = standingChecks.map(async (check) => {
    const required = check.required(subject);
    return required === undefined
      ? []
      : [{ name: check.name, required, ...(await check.prove(project, subject)) }];
  });
  const requirements = [...proven.requirements, ...(await Promise.all(standing)).flat()];
  const judged = await withOverrides(project, subject, requirements);
  for (const { override } of judged) if (override && override.until < expiresAt) expiresAt = override.until;
  return { ...proven, verdict: overallVerdict(judged), requirements: judged, expiresAt };
}

/** The checks that a run has to make up for. Asks nothing of the world, which costs time. */
export async function missingChecks(project: Project, subject: GateSubject): Promise<string[]> {
  return (await assessEvidence(project, subject)).missing;
}

async function assessEvidence(
  project: Project,
  subject: GateSubject,
  gateId?: string,
): Promise<EvidenceAssessment> {
  const requirements: RequirementResult[] = [];
  const culpritsOf: Record<string, readonly Culprit[]> = {};
  const missing: string[] = [];
  let expiresAt = timestamp(new Date(now().getTime() + longestValidityMs));
  const refusals = await admitStatements(project, subject, checksOf(subject));
  for (const name of checksOf(subject)) {
    const demand = subject.policy.gate[name];
    if (demand === undefined || typeof demand === 'string') continue; // a literal belongs to a standing check
    const binding = {
      check: name,
      commit: subject.commit.sha,
      ...(subject.artifact && { artifact: subject.artifact.digest }),
      gateId,
    };
    const stored = await findEvidence(project, binding);
    if (!stored && isRunnable(project, subject, name)) missing.push(name);
    if (stored?.evidence.conclusive && stored.expiresAt < expiresAt) expiresAt = stored.expiresAt;
    const context = {
      now: now(),
      baseline: await baselineOf(project, subject, name),
      vex: await vexOf(project, subject, demand),
    };
    const { validUntil, culprits, ...judged } = judgeEvidence(name, demand, stored, context);
    if (culprits) culpritsOf[name] = culprits;
    if (validUntil !== undefined && validUntil < expiresAt) expiresAt = validUntil;
    const definition = project.config.checks[name];
    requirements.push(
      explainStatements(judged, {
        definition,
        stored,
        refusals: refusals.get(name),
        commit: subject.commit.sha,
      }),
    );
  }
  return { requirements, culprits: culpritsOf, missing, expiresAt };
}

/** A check without a command waits for somebody's statement; but where that is about an artifact, it can be built. */
function isRunnable(project: Project, { artifact }: GateSubject, check: string): boolean {
  const hasCommand = project.config.checks[check]?.run !== undefined;
  return hasCommand || (artifact === undefined && isAboutArtifact(project, check));
}

/** What the commit's VEX files say, where the demand names some. */
async function vexOf(project: Project, { commit }: GateSubject, demand: Requirement) {
  if (!('vex' in demand) || !Array.isArray(demand.vex) || demand.vex.length === 0) return undefined;
  const reading = await readVexFiles(await project.repository(), commit.sha, demand.vex);
  return { ...reading, project: project.config.project };
}

/** The newest measurement of the release that is live, for limits relative to it. */
async function baselineOf(project: Project, { environment }: GateSubject, check: string) {
  const row = await project.state.read
    .selectFrom('environments')
    .innerJoin('deployments', 'deployments.id', 'environments.live_id')
    .innerJoin('evidence', 'evidence.commit_sha', 'deployments.commit_sha')
    .selectAll('evidence')
    .where('environments.name', '=', environment)
    .where('evidence.check_name', '=', check)
    .orderBy('evidence.finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const stored = row && toStored(row);
  return stored?.evidence.conclusive ? stored.evidence : undefined;
}
