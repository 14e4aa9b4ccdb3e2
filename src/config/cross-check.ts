import { needsTraffic } from './analysis.ts';
import { capabilitiesOf, lackOf, strategiesOf } from './capabilities.ts';
import { detectedKinds, statementKinds } from './format-kinds.ts';
import { imageTroubles } from './image-troubles.ts';
import { suggest, type Trouble } from './issues.ts';
import { notifyTroubles } from './notify-troubles.ts';
import { placeTroubles } from './place-troubles.ts';
import { producerTroubles } from './producer-troubles.ts';
import { runbookTroubles } from './runbook-troubles.ts';
import type { CheckConfig, Config, EnvironmentConfig } from './schema.ts';

/** What the shape alone cannot say: names that must exist, parts that must fit each other. Pure. */

/** Keys of a gate that are proven by asking the world, not by a configured check. */
const standing = ['review', 'monitoring', 'rollback'];

export function crossCheck(config: Config): Trouble[] {
  return [
    ...Object.keys(config.checks).flatMap((name) => checkTroubles(config, name)),
    ...Object.entries(config.environments).flatMap(([name, environment]) =>
      environmentTroubles(config, name, environment),
    ),
    ...placeTroubles(config),
    ...imageTroubles(config),
    ...reviewTroubles(config),
    ...runbookTroubles(config),
    ...producerTroubles(config),
    ...notifyTroubles(config),
  ];
}

function checkTroubles({ checks, environments }: Config, name: string): Trouble[] {
  const { against, report } = checks[name] ?? {};
  const troubles: Trouble[] = [];
  if (against !== undefined && !Object.hasOwn(environments, against)) {
    troubles.push({
      path: ['checks', name, 'against'],
      message: `there is no environment "${against}"${suggest(against, Object.keys(environments))}`,
    });
  }
  if (report?.format !== undefined && !Object.hasOwn(detectedKinds, report.format)) {
    const known = Object.keys(detectedKinds);
    troubles.push({
      path: ['checks', name, 'report', 'format'],
      message: `unknown report format "${report.format}"${suggest(report.format, known)}`,
    });
  }
  if (standing.includes(name) || name === 'after' || name === 'policy') {
    troubles.push({
      path: ['checks', name],
      message: `"${name}" is a requirement of its own and cannot be the name of a check`,
      atKey: true,
    });
  }
  return troubles;
}

function environmentTroubles(config: Config, name: string, environment: EnvironmentConfig): Trouble[] {
  const at = (...rest: (string | number)[]) => ['environments', name, ...rest];
  return [
    ...afterTroubles(config, name, environment),
    ...gateTroubles(config, name, environment),
    ...environment.validate.flatMap((check, index) =>
      Object.hasOwn(config.checks, check)
        ? []
        : [
            {
              path: at('validate', index),
              message: `there is no check "${check}"${suggest(check, Object.keys(config.checks))}`,
            },
          ],
    ),
    ...(environment.approvals?.from ?? []).flatMap((role, index) =>
      Object.hasOwn(config.approvers, role)
        ? []
        : [
            {
              path: at('approvals', 'from', index),
              message: `there is no role "${role}" in approvers${suggest(role, Object.keys(config.approvers))}`,
            },
          ],
    ),
    ...environment.freeze.flatMap(({ timezone }, index) =>
      isTimeZone(timezone)
        ? []
        : [
            {
              path: at('freeze', index, 'timezone'),
              message: `"${timezone}" is not a time zone; use an IANA name such as Europe/Berlin`,
            },
          ],
    ),
    ...strategyTroubles(name, environment),
    ...versionTroubles(name, environment),
  ];
}

function afterTroubles({ environments }: Config, name: string, { after }: EnvironmentConfig): Trouble[] {
  if (after === undefined) return [];
  const path = ['environments', name, 'after'];
  if (!Object.hasOwn(environments, after)) {
    return [
      { path, message: `there is no environment "${after}"${suggest(after, Object.keys(environments))}` },
    ];
  }
  const seen = [name];
  for (let next: string | undefined = after; next !== undefined; next = environments[next]?.after) {
    if (seen.includes(next))
      return [{ path, message: `goes in a circle: ${[...seen, next].join(' after ')}` }];
    seen.push(next);
  }
  return [];
}

function gateTroubles(config: Config, name: string, { gate, target }: EnvironmentConfig): Trouble[] {
  const troubles: Trouble[] = [];
  for (const [key, demand] of Object.entries(gate)) {
    const path = ['environments', name, 'gate', key];
    if (standing.includes(key) || demand === undefined) continue;
    if (!Object.hasOwn(config.checks, key)) {
      const known = [...Object.keys(config.checks), ...standing];
      const checks = Object.keys(config.checks);
      const existing = checks.length === 0 ? 'there are no checks' : `checks are ${checks.join(', ')}`;
      troubles.push({
        path,
        message: `unknown key "${key}"${suggest(key, known)} (${existing})`,
        atKey: true,
      });
      continue;
    }
    const { against, report, attestedBy, statement } = config.checks[key] as CheckConfig;
    if (against === name && !capabilitiesOf[target.kind].stage && attestedBy === undefined) {
      troubles.push({
        path,
        message: `could never pass for a new release: check "${key}" runs against ${name}, and ${named(target)} cannot start a release beside the live one; list it under validate instead`,
        atKey: true,
      });
    }
    const format = statement?.kind ?? report.format;
    const kind = format === undefined ? undefined : { ...detectedKinds, ...statementKinds }[format];
    const needed =
      typeof demand === 'object' && 'comparison' in demand
        ? 'tests'
        : typeof demand === 'object' && 'maxSeverity' in demand
          ? 'findings'
          : 'metrics';
    const fits = kind === undefined || kind === needed || (kind === 'coverage' && needed === 'metrics');
    if (!fits) {
      troubles.push({
        path,
        message: `a demand on ${needed} cannot be met by check "${key}": its ${format} ${statement ? 'statement' : 'report'} contains ${kind}`,
      });
    }
  }
  for (const [key, demand] of Object.entries(gate)) {
    if (typeof demand !== 'object' || !('maxSeverity' in demand && 'vex' in demand)) continue;
    if (isReviewed(config, name)) continue;
    troubles.push({
      path: ['environments', name, 'gate', key, 'vex'],
      message:
        'lets the author of a commit excuse what is found in it: demand "review: approved" here, or in the environment before',
    });
  }
  if (gate.review !== undefined && needsSigners(config) && !Object.hasOwn(config.approvers, 'reviewer')) {
    troubles.push({
      path: ['environments', name, 'gate', 'review'],
      message:
        'needs to know the reviewers: add "approvers: { reviewer: { allowedSigners: .devops-reviewers } }"',
    });
  }
  return troubles;
}

const needsSigners = ({ reviews }: Config) =>
  reviews.from.some((kind) => kind !== 'github' && kind !== 'gitlab');

/** A remote in `.git/config` is anybody's word, so the repository must be named where it is part of the policy. */
function reviewTroubles({ reviews }: Config): Trouble[] {
  return (['github', 'gitlab'] as const)
    .filter((kind) => reviews.from.includes(kind) && reviews[kind] === undefined)
    .map((kind) => ({
      path: ['reviews', 'from', reviews.from.indexOf(kind)],
      message: `needs to know whose reviews count: add "${kind}: ${kind === 'github' ? 'owner' : 'group'}/name" beside it`,
    }));
}

/** Whether a commit must have been reviewed to get here, in this environment or in one that it comes after. */
function isReviewed({ environments }: Config, name: string): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = environments[at]?.after) {
    if (environments[at]?.gate.review !== undefined) return true;
    seen.add(at);
  }
  return false;
}

function strategyTroubles(name: string, { strategy, target }: EnvironmentConfig): Trouble[] {
  const troubles: Trouble[] = [];
  const lack = lackOf(target.kind, strategy.kind);
  if (lack !== undefined) {
    troubles.push({
      path: ['environments', name, 'strategy', 'kind'],
      message: `${named(target)} cannot ${lack}; use ${strategiesOf(target.kind).join(' or ')}, or another kind of target`,
    });
  }
  const { analysis } = strategy;
  if (analysis !== undefined && needsTraffic(analysis) && !capabilitiesOf[target.kind].traffic) {
    troubles.push({
      path: ['environments', name, 'strategy', 'analysis'],
      message: `${named(target)} does not count traffic: let analysis.probes ask who does, and leave out all else; or remove analysis, or use a process or container target`,
      atKey: true,
    });
  }
  if (analysis?.log !== undefined && !capabilitiesOf[target.kind].logs) {
    troubles.push({
      path: ['environments', name, 'strategy', 'analysis', 'log'],
      message: `${named(target)} does not tell what one release has written; remove it, or use a process or container target`,
      atKey: true,
    });
  }
  return troubles;
}

const named = ({ kind }: EnvironmentConfig['target']) => `${kind === 'ssh' ? 'an' : 'a'} ${kind} target`;

/** What is served must be provable: "deployed" may never mean "the command exited 0". */
function versionTroubles(name: string, { health, target }: EnvironmentConfig): Trouble[] {
  const printsIt = target.kind !== 'process' && target.kind !== 'container';
  if (health.version !== undefined || (printsIt && target.version !== undefined)) return [];
  return [
    {
      path: ['environments', name, 'health', 'version'],
      message: `is missing: the served version could not be proven. Let the service answer with DEVOPS_VERSION and say where, for example version: $.version${printsIt ? ', or give target.version' : ''}`,
    },
  ];
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
