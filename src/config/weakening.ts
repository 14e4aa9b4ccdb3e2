import { cleanLine } from '../evidence/untrusted.ts';
import {
  atLeast,
  atMost,
  type Change,
  demanded,
  eachOf,
  type Format,
  fields,
  free,
  isMapping,
  ofOneKind,
  own,
  permitted,
  type Rule,
  ranked,
  same,
  sameWritten,
  showValue,
} from './comparison.ts';
import { demand, showDemand, threshold } from './demand-comparison.ts';
import type { PolicyContent } from './policy.ts';
import { formatDuration } from './values.ts';

/**
 * What a policy demands less of than another. The rules below say of every field what is at least as strong; a field
 * that stands in none of them must not change at all. Pure.
 */

/** Every difference between two policies, those that weaken it among them. */
export function policyChanges(approved: PolicyContent, current: PolicyContent): Change[] {
  const [before, after] = [comparable(approved), comparable(current)];
  return policyRule(usedChecks(before))(before, after, '');
}

/**
 * Where the current policy is not provably at least as strong as the approved one.
 * @returns one sentence for each place: `environments.production.gate.unit: 100% became >= 80%`
 */
export function weakenings(approved: PolicyContent, current: PolicyContent): string[] {
  return policyChanges(approved, current)
    .filter(({ weaker }) => weaker)
    .map(sentenceOf);
}

export function sentenceOf({ place, what }: Change): string {
  return `${cleanLine(place)}: ${what}`;
}

const time: Format = (value) => (typeof value === 'number' ? formatDuration(value) : showValue(value));
/** Lists in which every entry gives something; nothing may come or go. */
const sameEntries = eachOf({ added: true, removed: true });

const check = fields({
  timeout: atMost(time),
  validFor: atMost(time),
  passEnvironment: sameEntries,
  attestedBy: eachOf({ added: true, removed: false }),
});

/** What is asked must stay the same; only how much of it is needed has a direction. */
const analysisProbe = fields({
  limit: demanded(threshold, showDemand),
  comparedToLive: demanded(threshold, showDemand),
  interval: sameWritten(time),
  minSamples: atLeast(),
  failureLimit: atMost(),
});

/** Two kinds of strategy are two ways of being careful; neither is provably the more careful one. */
const strategy = ofOneKind(
  fields({
    steps: same,
    maxUnavailable: same,
    watch: atLeast(time),
    patience: same,
    bake: atLeast(time),
    analysis: demanded(
      fields({
        errorRate: demanded(threshold, showDemand),
        p95: demanded(threshold, showDemand),
        p99: demanded(threshold, showDemand),
        comparedToLive: demanded(threshold, showDemand),
        minRequests: atLeast(),
        log: demanded(fields({ most: atMost() })),
        probes: demanded(fields({}, demanded(analysisProbe))),
      }),
    ),
  }),
);

const environment = fields({
  after: demanded(same),
  gate: fields({}, demanded(demand, showDemand)),
  target: ofOneKind(
    fields({
      passEnvironment: sameEntries,
      timeout: sameWritten(time),
      drain: sameWritten(time),
      readyWithin: sameWritten(time),
      connectTimeout: sameWritten(time),
      hostKeys: eachOf({ added: true, removed: false }, String),
      passToService: sameEntries,
      options: eachOf({ added: true, removed: true }, String),
      requestTimeout: sameWritten(time),
    }),
  ),
  strategy,
  health: fields({ healthyAfter: atLeast(), timeout: atMost(time), interval: sameWritten(time) }),
  metrics: demanded(same),
  alerts: fields({ rules: eachOf({ added: false, removed: true }) }),
  validate: eachOf({ added: false, removed: true }),
  approvals: demanded(
    fields({
      required: atLeast(),
      from: eachOf({ added: true, removed: false }),
      level: ranked([['signed'], ['unverified']]),
      expires: atMost(time),
    }),
  ),
  irreversibleMigrations: ranked([['refuse'], ['warn']]),
  freeze: eachOf({ added: false, removed: true }, showFreeze),
});

function showFreeze(value: unknown): string {
  if (!isMapping(value)) return showValue(value);
  const { from, to, timezone, ...others } = value;
  const more = Object.keys(others).length > 0 ? ` ${showValue(others)}` : '';
  return `${String(from)} to ${String(to)} (${String(timezone)})${more}`;
}

/** What is not kept for a while is kept for ever. */
const keptFor = permitted(atLeast(time));

/**
 * Who may sign. With a person less nobody new has a say; with another line somebody has, and with a key that is revoked
 * no more.
 */
const signers = permitted(
  fields({
    signers: eachOf({ added: true, removed: false }, String),
    revoked: demanded(eachOf({ added: false, removed: true }, String)),
  }),
);

function policyRule(used: ReadonlySet<string>): Rule {
  return fields({
    checks: (before, after, place) =>
      fields(Object.fromEntries([...used].map((name) => [name, demanded(check)])), free)(
        before,
        after,
        place,
      ),
    artifact: fields({ timeout: atMost(time) }),
    environments,
    approvers: fields({}, signers),
    producers: fields({}, signers),
    // Each is a new power of whoever may call it.
    runbooks: (before, after, place) => fields({}, permitted(fields({})))(before ?? {}, after ?? {}, place),
    reviews: fields({ from: eachOf({ added: true, removed: false }) }),
    audit: demanded(fields({ signers: eachOf({ added: true, removed: false }, String) })),
    // Evidence that is gone proves nothing: to keep less, or for a shorter time, is weaker.
    retention: permitted(fields({ logs: keptFor, reports: keptFor, artifacts: keptFor })),
    secrets: demanded(eachOf({ added: false, removed: true })),
  });
}

/**
 * An environment more is no weaker policy, unless it leads where another one leads and asks less on the way. One less
 * could be the same under another name.
 */
const environments: Rule = (before, after, place) => {
  if (!isMapping(before) || !isMapping(after)) return same(before, after, place);
  const added = Object.keys(after).filter((name) => own(before, name) === undefined);
  const gone: Rule = (value, _, at) => [
    {
      place: at,
      what: `was removed${added.length > 0 ? ` while ${added.join(', ')} came` : ''}`,
      weaker: added.length > 0 && value !== undefined,
    },
  ];
  const come: Rule = (_, value, at) => {
    const other = Object.keys(before).find((name) => leadTheSameWay(own(before, name), value));
    return [
      {
        place: at,
        what:
          other === undefined ? 'was added' : `was added with the target of ${other} and a gate of its own`,
        weaker: other !== undefined,
      },
    ];
  };
  return fields({}, (one, other, at) =>
    (one === undefined ? come : other === undefined ? gone : environment)(one, other, at),
  )(before, after, place);
};

/** Whether two environments are the same place on the network. */
function leadTheSameWay(one: unknown, other: unknown): boolean {
  const [here, there] = [addressOf(one), addressOf(other)];
  if (here === undefined || there === undefined) return true; // nobody knows
  const everywhere = ['0.0.0.0', '::'];
  const sameHost =
    here.host === there.host || [here.host, there.host].some((host) => everywhere.includes(host));
  return sameHost && here.port === there.port && here.path === there.path;
}

function addressOf(value: unknown): { host: string; port: string; path: string } | undefined {
  const target = isMapping(value) ? value.target : undefined;
  if (!isMapping(target)) return undefined;
  const plain = (host: string) =>
    host === 'localhost' || host === '[::1]' || host === '::1' ? '127.0.0.1' : host;
  if (target.kind === 'process' || target.kind === 'container') {
    return { host: plain(String(target.host)), port: String(target.port), path: '' };
  }
  if (!URL.canParse(String(target.url))) return undefined;
  const { protocol, hostname, port, pathname } = new URL(String(target.url));
  return {
    host: plain(hostname),
    port: port || (protocol === 'https:' ? '443' : '80'),
    path: pathname.replace(/\/+$/, ''),
  };
}

type Mapping = Readonly<Record<string, unknown>>;

/** The policy with the lines of its signer files in the place of their digests. */
function comparable({ text, signers: files }: PolicyContent): Mapping {
  const { signerFiles: _, ...policy } = JSON.parse(text) as Record<string, unknown>;
  const withLines = (group: unknown) =>
    isMapping(group)
      ? Object.fromEntries(Object.entries(group).map(([name, one]) => [name, withSigners(one, files)]))
      : group;
  return Object.fromEntries(
    Object.entries(policy).map(([key, value]) => [
      key,
      namesSigners.includes(key)
        ? withLines(value)
        : key === 'environments'
          ? withHostKeys(value, files)
          : key === 'audit'
            ? withSigners(value, files)
            : value,
    ]),
  );
}

/** The parts of a policy whose entries have a file of signers. */
const namesSigners = ['approvers', 'producers'];

function withSigners(entry: unknown, files: PolicyContent['signers']): unknown {
  if (!isMapping(entry)) return entry;
  if (typeof entry.publicKey === 'string') return { ...entry, key: own(files, entry.publicKey) };
  if (typeof entry.allowedSigners !== 'string') return entry;
  const { revokedKeys, ...rest } = entry;
  return {
    ...rest,
    signers: signerLines(own(files, entry.allowedSigners)),
    ...(typeof revokedKeys === 'string' && { revoked: signerLines(own(files, revokedKeys)) }),
  };
}

/** Environments with the lines of the files that say which keys their hosts have. */
function withHostKeys(all: unknown, files: PolicyContent['signers']): unknown {
  if (!isMapping(all)) return all;
  return Object.fromEntries(
    Object.entries(all).map(([name, one]) => {
      const target = isMapping(one) ? one.target : undefined;
      if (!isMapping(one) || !isMapping(target) || typeof target.knownHosts !== 'string') return [name, one];
      return [name, { ...one, target: { ...target, hostKeys: signerLines(own(files, target.knownHosts)) } }];
    }),
  );
}

/** Lines that name a signer; comments and empty ones do not. */
export function signerLines(content: string | null | undefined): string[] {
  return (content ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Checks on which a gate or a validation of the policy rests: only those say anything about a release. */
function usedChecks({ environments: all }: Mapping): Set<string> {
  const used = new Set<string>();
  for (const one of Object.values(isMapping(all) ? all : {})) {
    if (!isMapping(one)) continue;
    for (const name of Object.keys(isMapping(one.gate) ? one.gate : {})) used.add(name);
    for (const name of Array.isArray(one.validate) ? one.validate : []) used.add(String(name));
  }
  return used;
}
