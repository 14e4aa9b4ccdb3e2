import type { ChangeFact, RecordFacts } from './facts.ts';

/**
 * Which controls of change management the record gives evidence for, and where it does not. It says what was recorded,
 * not that a control works: that is for an auditor to judge. Pure.
 */

export type Standing = 'evidenced' | 'partly' | 'gap' | 'notApplicable';

export interface Control {
  framework: 'SOC 2' | 'ISO/IEC 27001:2022' | 'SLSA v1.1';
  id: string;
  asks: string;
  standing: Standing;
  /** What is on record. */
  evidence: string[];
  /** What is not, each one named. */
  gaps: string[];
}

const most = 10;

export function controlsOf(facts: RecordFacts): Control[] {
  const live = facts.changes.filter(({ began }) => began);
  const deploys = live.filter(({ kind }) => kind === 'deploy');
  return [...changeControls(facts, live, deploys), ...supplyChain(facts, deploys)];
}

function changeControls(facts: RecordFacts, live: ChangeFact[], deploys: ChangeFact[]): Control[] {
  // Where nothing of a kind happened, the record shows neither that it would be done well nor that it would not.
  const soc = (asks: string, evidence: string[], gaps: string[], { happened = true } = {}) =>
    control('SOC 2', 'CC8.1', asks, { evidence, gaps, empty: live.length === 0 || !happened });
  const iso = (asks: string, evidence: string[], gaps: string[], { happened = true } = {}) =>
    control('ISO/IEC 27001:2022', 'A.8.32', asks, { evidence, gaps, empty: live.length === 0 || !happened });
  const failed = facts.changes.filter(({ state }) => ['failed', 'rolledBack', 'unknown'].includes(state));
  const rollbacks = live.filter(({ kind }) => kind === 'rollback');
  const unknown = live.filter(({ state }) => state === 'unknown');
  const refused = facts.changes.filter(({ began }) => !began);
  const tested = share('deployments rested on a gate that passed', deploys, ({ gate }) => gate === 'pass');
  const reviewed = share(
    'deployments are of a commit that somebody else reviewed',
    deploys,
    (one) => one.reviewed,
  );
  const approved = share('changes were approved by a signature', live, ({ signed }) => signed.length > 0);
  const planned = share('changes name the task they were made for', live, ({ taskId }) => taskId);
  const proven = share(
    'deployments that went live were proven to serve the new version',
    deploys.filter(({ state }) => state === 'deployed'),
    ({ verified }) => verified,
  );
  const overridden = facts.overrides.map(
    ({ environment, requirement, by, at, reason }) =>
      `${requirement} did not count on ${environment}, by ${by} at ${at}: ${reason}`,
  );
  return [
    soc(
      'Changes are requested and authorised.',
      [planned.said, approved.said],
      [
        ...withoutApproval(live),
        ...facts.environments
          .filter(({ approvals }) => approvals === undefined)
          .map(({ name }) => `${name} asks for no approval: whoever may call the server may deploy there`),
        ...facts.environments
          .filter(({ approvals }) => approvals?.level === 'unverified')
          .map(({ name }) => `approvals of ${name} need no signature: who gave one cannot be proven`),
        ...planned.gaps,
      ],
    ),
    soc(
      'Changes are tested before they are put to use.',
      [tested.said],
      [
        ...tested.gaps,
        ...facts.environments
          .filter(({ requirements }) => requirements.length === 0)
          .map(({ name }) => `the gate of ${name} demands nothing`),
      ],
    ),
    soc('Changes are reviewed by somebody other than their author.', [reviewed.said], reviewed.gaps),
    soc(
      'Emergency changes and exceptions are decided, and documented.',
      [`${overridden.length} signed exceptions`, ...overridden.slice(0, most)],
      [],
      { happened: overridden.length > 0 },
    ),
    iso(
      'Changes go through development, test and production in order.',
      [
        ...facts.environments.flatMap(({ name, after }) =>
          after ? [`${name} takes only what ${after} proved`] : [],
        ),
      ],
      facts.environments.some(({ after }) => after !== undefined) || facts.environments.length < 2
        ? []
        : ['no environment has to follow another one'],
    ),
    iso(
      'Changes can be taken back, and failures are known.',
      [
        `${failed.length} of ${facts.changes.length} requests failed or were rolled back; ${refused.length} ended before anything was touched`,
        `${rollbacks.length} rollbacks on record`,
        proven.said,
      ],
      [...proven.gaps, ...unknown.map((one) => `${one.id}: nobody knows what is live`)],
      { happened: failed.some(({ began }) => began) || rollbacks.length + proven.gaps.length > 0 },
    ),
    iso(
      'Changes are recorded, and the record cannot be altered unnoticed.',
      [
        `${facts.entries} entries, ${facts.chain === 'intact' ? 'chain intact' : 'chain BROKEN'}`,
        ...(facts.anchored
          ? [
              `anchored up to entry ${facts.anchored.position} at ${facts.anchored.at}, ${facts.anchored.signedBy ? `signed by ${facts.anchored.signedBy}` : 'unsigned'}`,
            ]
          : []),
        ...(facts.objects
          ? [
              `${facts.objects.kept} reports and logs as recorded, ${facts.objects.erased} erased by rule or decision`,
            ]
          : []),
        share('changes have their log sealed in the trail', live, ({ sealed }) => sealed).said,
      ],
      [
        ...(facts.chain === 'intact'
          ? []
          : [`the trail is broken at entry ${facts.chain.brokenAt}: ${facts.chain.why}`]),
        ...(facts.anchored ? [] : ['nothing is anchored outside of the database']),
        ...(facts.anchored && !facts.anchored.signedBy
          ? ['checkpoints are not signed: configure audit in devops.yaml']
          : []),
        ...(facts.objects?.problems ?? []),
        ...(facts.undelivered > 0 ? [`${facts.undelivered} notifications are undelivered`] : []),
      ],
    ),
    iso(
      'The rules themselves change only by decision.',
      [
        facts.policy.approvedBy
          ? `policy approved by ${facts.policy.approvedBy}, ${facts.policy.level}`
          : 'policy taken as first seen',
        `${facts.policy.changes} changes of the policy on record`,
      ],
      [
        ...(facts.policy.approvedBy
          ? []
          : ['nobody approved the policy: run "devops-engineer approve policy"']),
        ...(facts.policy.level === 'unverified' ? ['the policy was approved without a signature'] : []),
        ...(facts.policy.doubtful ? [facts.policy.doubtful] : []),
        ...facts.policy.weaker.map((one) => `weaker than approved: ${one}`),
      ],
    ),
  ];
}

function supplyChain(facts: RecordFacts, deploys: ChangeFact[]): Control[] {
  const slsa = (id: string, asks: string, evidence: string[], gaps: string[]) =>
    control('SLSA v1.1', id, asks, { evidence, gaps, empty: deploys.length === 0 });
  const built = share(
    'deployments are of an artifact that is named by its digest',
    deploys,
    (one) => one.artifact,
  );
  const proven = share(
    'deployments have signed provenance that was verified',
    deploys,
    (one) => one.provenance,
  );
  const reviewed = share(
    'deployments are of a commit that a second person reviewed',
    deploys,
    (one) => one.reviewed,
  );
  const here = 'artifacts that are built here are built by the server itself, beside code of others';
  return [
    slsa('Build L1', 'Provenance tells how the artifact was built.', [built.said, proven.said], proven.gaps),
    slsa(
      'Build L2',
      'A hosted build platform signed it.',
      [
        proven.said,
        `${facts.attestedChecks.length} checks are attested by producers: ${facts.attestedChecks.join(', ') || 'none'}`,
      ],
      proven.gaps.length > 0 ? [...proven.gaps, here] : [],
    ),
    slsa(
      'Build L3',
      'Builds are isolated and their key is out of their reach.',
      [],
      ['the record cannot show how a build platform isolates builds: ask whoever runs it'],
    ),
    slsa(
      'Source: revisions',
      'Every deployment is of one revision under version control.',
      [share('deployments name their commit', deploys, ({ commit }) => commit !== '').said],
      [],
    ),
    slsa('Source: two persons', 'A second person reviewed the revision.', [reviewed.said], reviewed.gaps),
  ];
}

function withoutApproval(live: readonly ChangeFact[]): string[] {
  return named(
    live.filter(
      ({ kind, signed, unverified }) => kind !== 'rollback' && signed.length + unverified.length === 0,
    ),
    'without approval',
  );
}

interface Share {
  said: string;
  gaps: string[];
}

function share(what: string, among: readonly ChangeFact[], holds: (one: ChangeFact) => boolean): Share {
  const count = among.filter(holds).length;
  return {
    said: `${count} of ${among.length} ${what}`,
    gaps: named(
      among.filter((one) => !holds(one)),
      `not among those: ${what}`,
    ),
  };
}

/** Each by its name, and how many more there are. */
function named(among: readonly ChangeFact[], why: string): string[] {
  const said = among.slice(0, most).map(({ id, environment, at }) => `${id} (${environment}, ${at}): ${why}`);
  return among.length > most ? [...said, `and ${among.length - most} more: ${why}`] : said;
}

function control(
  framework: Control['framework'],
  id: string,
  asks: string,
  { evidence, gaps, empty }: { evidence: string[]; gaps: string[]; empty: boolean },
): Control {
  const nothing = evidence.length === 0 || evidence.every((one) => /^0 of /.test(one));
  const standing = empty
    ? 'notApplicable'
    : gaps.length === 0
      ? nothing
        ? 'gap'
        : 'evidenced'
      : nothing
        ? 'gap'
        : 'partly';
  return { framework, id, asks, standing, evidence, gaps };
}
