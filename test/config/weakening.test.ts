import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { threshold } from '../../src/config/demand-comparison.ts';
import type { PolicyContent } from '../../src/config/policy.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { Comparison, Threshold } from '../../src/config/values.ts';
import { policyChanges, weakenings } from '../../src/config/weakening.ts';
import { meets } from '../../src/gates/threshold.ts';
import { fullConfiguration, policyWith, type Written } from './full-policy.ts';

const full = policyWith();
type Change = (config: Written, signers: Record<string, string>) => void;
const production =
  (change: (environment: Written) => void): Change =>
  ({ environments }) =>
    change(environments.production);
const gate = (change: (gate: Written) => void) => production((environment) => change(environment.gate));

const weaker: [what: string, change: Change, sentences: string[]][] = [
  [
    'a lower pass rate',
    gate((it) => {
      it.unit = '>= 80%';
    }),
    ['environments.production.gate.unit: 100% became >= 80%'],
  ],
  [
    'an excluded bound',
    ({ environments }) => {
      environments.staging.gate.smoke = '> 94%';
    },
    ['environments.staging.gate.smoke: >= 95% became > 94%'],
  ],
  [
    'a demand less',
    gate((it) => {
      delete it.unit;
    }),
    ['environments.production.gate.unit: 100% was removed'],
  ],
  [
    'no review',
    gate((it) => {
      delete it.review;
    }),
    ['environments.production.gate.review: approved was removed'],
  ],
  [
    'no monitoring',
    gate((it) => {
      delete it.monitoring;
    }),
    ['environments.production.gate.monitoring: configured was removed'],
  ],
  [
    'no rollback',
    gate((it) => {
      delete it.rollback;
    }),
    ['environments.production.gate.rollback: verified was removed'],
  ],
  [
    'a worse severity',
    gate((it) => {
      it.scan.maxSeverity = 'high';
    }),
    ['environments.production.gate.scan.maxSeverity: moderate became high'],
  ],
  [
    'one exception more',
    gate((it) => {
      it.scan.exceptions.push({ id: 'CVE-2026-2', reason: 'It is not reachable.', until: '2026-10-01' });
    }),
    [
      'environments.production.gate.scan.exceptions: CVE-2026-2 until 2026-10-01 (It is not reachable.) was added',
    ],
  ],
  [
    'a longer exception',
    gate((it) => {
      it.scan.exceptions[0].until = '2027-01-31';
    }),
    [expect.stringMatching(/exceptions: CVE-2026-1234 in lodash until 2027-01-31 .* was added$/) as never],
  ],
  [
    'an exception for every package',
    gate((it) => {
      delete it.scan.exceptions[0].package;
    }),
    [expect.stringMatching(/exceptions: CVE-2026-1234 until 2026-12-31 .* was added$/) as never],
  ],
  [
    'another VEX file',
    gate((it) => {
      it.scan.vex.push('x.json');
    }),
    ['environments.production.gate.scan.vex: x.json was added'],
  ],
  [
    'a looser limit',
    gate((it) => {
      it.load.p99 = '<= 260 ms';
    }),
    ['environments.production.gate.load.p99: <= 250 ms became <= 260 ms'],
  ],
  [
    'a limit the other way round',
    gate((it) => {
      it.load.throughput = '<= 100 req/s';
    }),
    ['environments.production.gate.load.throughput: >= 100 req/s became <= 100 req/s'],
  ],
  [
    'a limit less',
    gate((it) => {
      delete it.load.p99;
    }),
    ['environments.production.gate.load.p99: <= 250 ms was removed'],
  ],
  [
    'a looser comparison',
    gate((it) => {
      it.load.comparedToBaseline = '<= +20%';
    }),
    ['environments.production.gate.load.comparedToBaseline: <= +10% became <= +20%'],
  ],
  [
    'fewer samples',
    gate((it) => {
      it.load.minSamples = 10;
    }),
    ['environments.production.gate.load.minSamples: 50 became 10'],
  ],
  [
    'another kind of demand',
    gate((it) => {
      it.unit = { maxSeverity: 'none' };
    }),
    ['environments.production.gate.unit: 100% became { maxSeverity: none }'],
  ],
  [
    'another order',
    production((it) => {
      delete it.after;
    }),
    ['environments.production.after: staging was removed'],
  ],
  [
    'no approvals',
    production((it) => {
      delete it.approvals;
    }),
    [expect.stringMatching(/^environments\.production\.approvals: .* was removed$/) as never],
  ],
  [
    'fewer approvals',
    production((it) => {
      it.approvals.required = 1;
    }),
    ['environments.production.approvals.required: 2 became 1'],
  ],
  [
    'one more role',
    production((it) => {
      it.approvals.from.push('reviewer');
    }),
    ['environments.production.approvals.from: reviewer was added'],
  ],
  [
    'unverified approvals',
    production((it) => {
      it.approvals.level = 'unverified';
    }),
    ['environments.production.approvals.level: signed became unverified'],
  ],
  [
    'approvals that count longer',
    production((it) => {
      it.approvals.expires = '2d';
    }),
    ['environments.production.approvals.expires: 1d became 2d'],
  ],
  [
    'no freeze',
    production((it) => {
      it.freeze = [];
    }),
    ['environments.production.freeze: Fri 16:00 to Mon 08:00 (Europe/Berlin) was removed'],
  ],
  [
    'a shorter freeze',
    production((it) => {
      it.freeze[0].to = 'Mon 07:00';
    }),
    ['environments.production.freeze: Fri 16:00 to Mon 08:00 (Europe/Berlin) was removed'],
  ],
  [
    'one validation less',
    production((it) => {
      it.validate = [];
    }),
    ['environments.production.validate: smoke was removed'],
  ],
  [
    'a shorter watch',
    production((it) => {
      it.strategy.bake = '1m30s';
    }),
    ['environments.production.strategy.bake: 2m became 1m30s'],
  ],
  [
    'looser analysis',
    production((it) => {
      it.strategy.analysis.errorRate = '<= 2%';
    }),
    ['environments.production.strategy.analysis.errorRate: <= 1% became <= 2%'],
  ],
  [
    'analysis of less',
    production((it) => {
      delete it.strategy.analysis.p95;
    }),
    ['environments.production.strategy.analysis.p95: <= 200 ms was removed'],
  ],
  [
    'analysis of fewer',
    production((it) => {
      it.strategy.analysis.minRequests = 1;
    }),
    ['environments.production.strategy.analysis.minRequests: 100 became 1'],
  ],
  [
    'no analysis',
    production((it) => {
      delete it.strategy.analysis;
    }),
    [expect.stringMatching(/strategy\.analysis: .* was removed$/) as never],
  ],
  [
    'another strategy',
    production((it) => {
      it.strategy = { kind: 'allAtOnce', bake: '2m' };
    }),
    [expect.stringMatching(/^environments\.production\.strategy: .*became.*allAtOnce/) as never],
  ],
  [
    'another health path',
    production((it) => {
      it.health.path = '/';
    }),
    ['environments.production.health.path: /healthz became /'],
  ],
  [
    'another version path',
    production((it) => {
      it.health.version = '$.v';
    }),
    ['environments.production.health.version: $.version became $.v'],
  ],
  [
    'fewer good probes',
    production((it) => {
      it.health.healthyAfter = 1;
    }),
    ['environments.production.health.healthyAfter: 3 became 1'],
  ],
  [
    'a runbook more, and another command in one',
    ({ runbooks }) => {
      runbooks.resize.apply = './other.sh';
      runbooks.grow = { description: 'Grows.', environment: 'staging', apply: './grow.sh' };
    },
    [
      'runbooks.resize.apply: ./apply.sh became ./other.sh',
      'runbooks.grow: {"apply":"./grow.sh","description":"Grows.","environment":"staging","parameters":{},"passEnvironment":[],"repeatable":false,"timeout":600000} was added',
    ],
  ],
  [
    'more errors in the log, and other ones',
    production((it) => {
      it.strategy.analysis.log = { errors: 'FATAL', most: 2 };
    }),
    [
      'environments.production.strategy.analysis.log.errors: ERROR became FATAL',
      'environments.production.strategy.analysis.log.most: 1 became 2',
    ],
  ],
  [
    'going back behind migrations',
    production((it) => {
      it.irreversibleMigrations = 'warn';
    }),
    ['environments.production.irreversibleMigrations: refuse became warn'],
  ],
  [
    'a batch that is larger, and probes that forgive more or are asked something else',
    ({ environments: { fleet } }) => {
      fleet.strategy.maxUnavailable = '50%';
      fleet.strategy.analysis.probes.failures.failureLimit = 2;
      fleet.strategy.analysis.probes.failures.query = 'vector(0) # {{version}}';
      delete fleet.strategy.analysis.probes.depth;
    },
    [
      'environments.fleet.strategy.analysis.probes.depth: {"failureLimit":0,"interval":5000,"limit":{"comparison":"<=","relative":false,"value":100},"minSamples":3,"url":"/stats","value":"$.queue.depth"} was removed',
      'environments.fleet.strategy.analysis.probes.failures.failureLimit: 1 became 2',
      'environments.fleet.strategy.analysis.probes.failures.query: "sum(rate(orders_failed_total{version=\\"{{version}}\\"}[1m]))" became "vector(0) # {{version}}"',
      'environments.fleet.strategy.maxUnavailable: 25% became 50%',
    ],
  ],
  [
    'other metrics',
    production((it) => {
      it.metrics.path = '/m';
    }),
    ['environments.production.metrics: {"path":"/metrics"} became {"path":"/m"}'],
  ],
  [
    'an alert less',
    production((it) => {
      it.alerts.rules = ['ShopDown'];
    }),
    ['environments.production.alerts.rules: ErrorsHigh was removed'],
  ],
  [
    'another target',
    production((it) => {
      it.target.run = 'node evil.js';
    }),
    ['environments.production.target.run: "node server.js" became "node evil.js"'],
  ],
  [
    'another command',
    ({ checks }) => {
      checks.unit.run = 'exit 0';
    },
    ['checks.unit.run: "npm test" became "exit 0"'],
  ],
  [
    'another report',
    ({ checks }) => {
      checks.unit.report.path = 'r.xml';
    },
    [
      'checks.unit.report: {"format":"junit","path":"reports/unit.xml"} became {"format":"junit","path":"r.xml"}',
    ],
  ],
  [
    'other preparations',
    ({ checks }) => {
      checks.unit.prepare = 'true';
    },
    ['checks.unit.prepare: "npm ci" became true'],
  ],
  [
    'another environment under test',
    ({ checks }) => {
      delete checks.smoke.against;
    },
    ['checks.smoke.against: staging was removed'],
  ],
  [
    'a variable of the check',
    ({ checks }) => {
      checks.unit.environment.CI = 'no';
    },
    ['checks.unit.environment: {"CI":"true"} became {"CI":"no"}'],
  ],
  [
    'one variable handed through more',
    ({ checks }) => {
      checks.unit.passEnvironment.push('X');
    },
    ['checks.unit.passEnvironment: X was added'],
  ],
  [
    'more time',
    ({ checks }) => {
      checks.unit.timeout = '11m';
    },
    ['checks.unit.timeout: 10m became 11m'],
  ],
  [
    'evidence that counts longer',
    ({ checks }) => {
      checks.unit.validFor = '2d';
    },
    ['checks.unit.validFor: 1d became 2d'],
  ],
  [
    'evidence of others',
    ({ checks }) => {
      checks.smoke.attestedBy = ['ci'];
    },
    ['checks.smoke.attestedBy: ci was added'],
  ],
  [
    'another statement',
    ({ checks }) => {
      checks.built.statement.builders = ['https://x.example'];
    },
    [expect.stringMatching(/^checks\.built\.statement: /) as never],
  ],
  [
    'another build',
    ({ artifact }) => {
      artifact.build = 'make';
    },
    ['artifact.build: "npm run build" became make'],
  ],
  [
    'other reviews',
    ({ reviews }) => {
      reviews.from.push('trailer');
    },
    ['reviews.from: trailer was added'],
  ],
  [
    'reviews of another repository',
    ({ reviews }) => {
      reviews.github = 'eve/shop';
    },
    ['reviews.github: shop/shop became eve/shop'],
  ],
  [
    'one more approver',
    (_, signers) => {
      signers['.owners'] += 'eve@shop.example ssh-ed25519 AAAAeve\n';
    },
    ['approvers.owner.signers: eve@shop.example ssh-ed25519 AAAAeve was added'],
  ],
  [
    'another key',
    (_, signers) => {
      signers['.owners'] = 'olga@shop.example ssh-ed25519 AAAAeve\n';
    },
    ['approvers.owner.signers: olga@shop.example ssh-ed25519 AAAAeve was added'],
  ],
  [
    'a revoked key that counts again',
    (_, signers) => {
      signers['.revoked'] = '';
    },
    ['approvers.stakeholder.revoked: ssh-ed25519 AAAAlost was removed'],
  ],
  [
    'no list of revoked keys any more',
    ({ approvers }) => {
      delete approvers.stakeholder.revokedKeys;
    },
    ['approvers.stakeholder.revoked: ["ssh-ed25519 AAAAlost"] was removed'],
  ],
  [
    'another file of signers',
    ({ approvers }, signers) => {
      approvers.owner.allowedSigners = '/tmp/o';
      signers['/tmp/o'] = signers['.owners'] ?? '';
    },
    ['approvers.owner.allowedSigners: .owners became /tmp/o'],
  ],
  [
    'a new role',
    ({ approvers }) => {
      approvers.agent = { allowedSigners: '.agents' };
    },
    ['approvers.agent: {"allowedSigners":".agents","signers":[]} was added'],
  ],
  [
    'a new producer',
    ({ producers }) => {
      producers.laptop = { allowedSigners: '.l' };
    },
    ['producers.laptop: {"allowedSigners":".l","signers":[]} was added'],
  ],
  [
    'another key of a producer',
    (_, signers) => {
      signers['cosign.pub'] = 'AAAAeve\n';
    },
    [expect.stringMatching(/^producers\.cosign\.key: .*AAAAcosign.* became .*AAAAeve/) as never],
  ],
  [
    'a way around',
    ({ environments }) => {
      environments.side = { ...environments.production, gate: {} };
    },
    ['environments.side: was added with the target of production and a gate of its own'],
  ],
  [
    'the same under another name',
    ({ environments }) => {
      environments.live = {
        ...environments.production,
        target: { ...environments.production.target, port: 8081 },
      };
      delete environments.production;
    },
    ['environments.production: was removed while live came'],
  ],
  [
    'a host key more',
    (_, signers) => {
      signers['.fleet-hosts'] += 'web1.shop.example ssh-ed25519 AAAAother\n';
    },
    ['environments.fleet.target.hostKeys: web1.shop.example ssh-ed25519 AAAAother was added'],
  ],
];

const notWeaker: [what: string, change: Change][] = [
  ['nothing', () => undefined],
  [
    'names and places',
    (config) => {
      config.project = 'store';
      config.tasks = 't.json';
      config.humanRequests = 'h.md';
    },
  ],
  [
    'who is told',
    (config) => {
      config.notify = [];
    },
  ],
  [
    'another order of lists',
    ({ checks, environments }, signers) => {
      checks.unit.passEnvironment.reverse();
      environments.production.approvals.from.reverse();
      environments.production.alerts.rules.reverse();
      signers['.stakeholders'] =
        `# ours\n\n${signers['.stakeholders']?.trim().split('\n').reverse().join('\n')}`;
    },
  ],
  [
    'a higher pass rate',
    ({ environments }) => {
      environments.staging.gate.smoke = '> 95%';
    },
  ],
  [
    'a demand more',
    ({ environments }) => {
      environments.staging.gate.load = { p99: '<= 1 s' };
      environments.staging.gate.rollback = 'verified';
    },
  ],
  [
    'a better severity',
    gate((it) => {
      it.scan.maxSeverity = 'none';
    }),
  ],
  [
    'the same severity in another word',
    gate((it) => {
      it.scan.maxSeverity = 'medium';
    }),
  ],
  [
    'no exceptions',
    gate((it) => {
      delete it.scan.exceptions;
      delete it.scan.vex;
    }),
  ],
  [
    'a shorter exception, told otherwise',
    gate((it) => {
      Object.assign(it.scan.exceptions[0], {
        until: '2026-06-01',
        reason: 'Nothing calls its template function.',
      });
    }),
  ],
  [
    'a stricter limit in another unit',
    gate((it) => {
      it.load.p99 = '<= 0.2 s';
      it.load.throughput = '> 100 req/s';
    }),
  ],
  [
    'a limit more',
    gate((it) => {
      it.load.p50 = '<= 20 ms';
      it.load.minSamples = 100;
    }),
  ],
  [
    'a stricter comparison',
    gate((it) => {
      it.load.comparedToBaseline = '< +10%';
    }),
  ],
  [
    'an environment before',
    ({ environments }) => {
      environments.staging.after = 'qa';
      environments.qa = {
        ...environments.staging,
        after: undefined,
        target: { ...environments.staging.target, url: 'https://qa.shop.example' },
      };
    },
  ],
  [
    'an environment less',
    ({ environments }) => {
      delete environments.production;
    },
  ],
  [
    'more approvals of fewer roles',
    production((it) => {
      it.approvals = { required: 3, from: ['owner'], level: 'signed', expires: '1h' };
    }),
  ],
  [
    'approvals',
    ({ environments }) => {
      environments.staging.approvals = { from: ['owner'] };
    },
  ],
  [
    'one more freeze and validation',
    production((it) => {
      it.freeze.push({ from: 'Wed 00:00', to: 'Wed 01:00' });
      it.validate.push('load');
    }),
  ],
  [
    'a longer watch of more',
    production((it) => {
      it.strategy.bake = '3m';
      Object.assign(it.strategy.analysis, {
        errorRate: '<= 0.5%',
        p95: '<= 0.2 s',
        p99: '<= 200 ms',
        minRequests: 1000,
      });
    }),
  ],
  [
    'stricter health',
    production((it) => {
      it.health.healthyAfter = 5;
      it.health.timeout = '30s';
    }),
  ],
  [
    'metrics and alerts',
    ({ environments }) => {
      environments.staging.metrics = {};
      environments.production.alerts.rules.push('More');
    },
  ],
  [
    'less time',
    ({ checks, artifact }) => {
      checks.unit.timeout = '5m';
      checks.unit.validFor = '1h';
      artifact.timeout = '5m';
    },
  ],
  [
    'evidence of nobody else',
    ({ checks, reviews }) => {
      delete checks.unit.attestedBy;
      reviews.from = ['signature'];
    },
  ],
  [
    'a new check, another unused one',
    ({ checks }) => {
      checks.more = { run: 'true' };
      checks.unused.run = 'false';
    },
  ],
  [
    'a check that nobody used, used',
    ({ checks, environments }) => {
      checks.unused.run = './real';
      environments.production.gate.unused = '100%';
    },
  ],
  [
    'an approver, a role and a producer less',
    (config, signers) => {
      signers['.stakeholders'] = 'sam@shop.example ssh-ed25519 AAAAsam\n';
      delete config.approvers.reviewer;
      delete config.producers.cosign;
    },
  ],
  [
    'a probe more, more samples and a stricter limit',
    ({ environments: { fleet, production } }) => {
      fleet.strategy.analysis.probes.failures.minSamples = 5;
      fleet.strategy.analysis.probes.failures.limit = '<= 0.5';
      production.strategy.analysis.probes = { more: { url: '/stats', value: '$.x', limit: '<= 1' } };
    },
  ],
  [
    'a runbook less',
    ({ runbooks }) => {
      delete runbooks.resize;
    },
  ],
  [
    'a host key less',
    (_, signers) => {
      signers['.fleet-hosts'] = 'web1.shop.example ssh-ed25519 AAAAweb1\n';
    },
  ],
];

describe('is weaker', () => {
  test.each(weaker)('with %s', (_, change, sentences) => {
    expect(weakenings(full, policyWith(change))).toEqual(sentences);
  });
});

describe('is not weaker', () => {
  test.each(notWeaker)('with %s', (_, change) => {
    expect(weakenings(full, policyWith(change))).toEqual([]);
  });

  test('but what changed is told', () => {
    const changes = policyChanges(
      full,
      policyWith(({ environments, checks }) => {
        environments.production.strategy.bake = '3m';
        checks.more = { run: 'true' };
      }),
    );
    expect(changes.map(({ place, what, weaker: isWeaker }) => [place, what, isWeaker])).toEqual([
      ['checks.more', expect.stringContaining('was added'), false],
      ['environments.production.strategy.bake', '2m became 3m', false],
    ]);
  });
});

test('samples that the comparison with the live release asked for anyway are not asked for anew', () => {
  const without = policyWith(
    gate((it) => {
      delete it.load.minSamples;
    }),
  );
  const asking = (count: number) =>
    policyWith(
      gate((it) => {
        it.load.minSamples = count;
      }),
    );
  expect(weakenings(without, asking(5))).toEqual([
    'environments.production.gate.load.minSamples: 5 was added',
  ]);
  expect(weakenings(without, asking(30))).toEqual([]);
});

test('the end of a long command does not hide behind its beginning', () => {
  const long = `node ${'--flag '.repeat(60)}`;
  const before = policyWith(({ checks }) => {
    checks.unit.run = `${long}test.js`;
  });
  const after = policyWith(({ checks }) => {
    checks.unit.run = `${long}nothing.js`;
  });
  const [sentence] = weakenings(before, after);
  expect(sentence).toMatch(/^checks\.unit\.run: ….*test\.js.* became ….*nothing\.js/);
});

test('text of others stays on one line and moves no cursor', () => {
  const [sentence] = weakenings(
    full,
    policyWith(({ checks }) => {
      checks.unit.run = 'x\n\u001b[2Jy\u202e';
    }),
  );
  expect(sentence).not.toMatch(/[\p{Cc}\u202e]/u);
});

type Path = (string | number)[];

/** Every place of a policy where a value or a mapping stands. */
function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, one]) => placesOf(one, [...at, key]))];
}

function changedAt(
  { text, signers }: PolicyContent,
  at: Path,
  change: (parent: Written, key: string | number) => void,
) {
  const policy = JSON.parse(text) as Written;
  const parent = at.slice(0, -1).reduce((value, key) => value[key], policy);
  change(parent, at.at(-1) ?? '');
  return { text: JSON.stringify(policy), signers };
}

const isNoticed = (one: PolicyContent, other: PolicyContent) =>
  weakenings(one, other).length + weakenings(other, one).length > 0;
/** What may come, go and change as it likes: checks that nothing rests on, and which environments there are. */
const isFree = (at: Path) =>
  at[0] === 'signerFiles' ||
  (at[0] === 'checks' && (at.length < 3 ? at[1] !== undefined : false)) ||
  (at[0] === 'checks' && at[1] === 'unused') ||
  (at[0] === 'environments' && at.length === 2);
/** Explanations of an exception say why, not what. */
const isTold = (at: Path) =>
  ['reason', 'approvedBy'].includes(String(at.at(-1))) && at.includes('exceptions');

/** Says as much as none. */
const isEmptyList = (at: Path) =>
  JSON.stringify(at.reduce<Written>((one, key) => one[key], JSON.parse(full.text))) === '[]';

const places = placesOf(JSON.parse(full.text)).filter((at) => at.length > 0 && !isFree(at));

describe('every field of the schema', () => {
  type Node = Record<string, unknown> & { properties?: Record<string, Node> };

  /** Paths of the fields of a JSON Schema; names and list entries are `*`. */
  function fieldsOf(node: Node, at = ''): string[] {
    const below = [
      ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
        const path = at === '' ? name : `${at}.${name}`;
        return [path, ...fieldsOf(child, path)];
      }),
      ...[node.additionalProperties, node.items]
        .filter((child) => typeof child === 'object')
        .flatMap((child) => fieldsOf(child as Node, `${at}.*`)),
      ...[node.oneOf, node.anyOf, node.allOf]
        .flat()
        .flatMap((child) => (child ? fieldsOf(child as Node, at) : [])),
    ];
    return [...new Set(below)];
  }
  const isRecord: (at: string) => boolean = (at) =>
    /(^|\.)(checks|environments|approvers|producers|gate|environment|probes|runbooks|parameters)$/.test(at);

  function writtenIn(value: unknown, at = ''): string[] {
    if (Array.isArray(value)) return [at, ...value.flatMap((one) => writtenIn(one, `${at}.*`))];
    if (typeof value !== 'object' || value === null) return [at];
    const own = Object.entries(value).flatMap(([key, one]) => {
      const named = at === '' ? key : `${at}.${key}`;
      return [...writtenIn(one, named), ...(isRecord(at) ? writtenIn(one, `${at}.*`) : [])];
    });
    return [at, ...own];
  }

  test('stands in the sample, so that what follows is about all of them', () => {
    const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Node;
    const written = new Set(writtenIn(fullConfiguration()));
    expect(fieldsOf(schema).filter((field) => !written.has(field))).toEqual([]);
  });

  const unnoticed = (tried: Path[], change: (parent: Written, key: string | number) => void) =>
    tried.filter((at) => !isNoticed(full, changedAt(full, at, change))).map((at) => at.join('.'));

  test('cannot change unnoticed', () => {
    const changed = unnoticed(
      places.filter((at) => !isTold(at)),
      (parent, key) => {
        const value = parent[key];
        if (typeof value === 'number') parent[key] = value + 1;
        else if (typeof value === 'boolean') parent[key] = !value;
        else if (typeof value === 'string') parent[key] = `${value}x`;
        else if (Array.isArray(value)) parent[key] = [...value, 'another'];
        else parent[key] = 'something else';
      },
    );
    expect(changed).toEqual([]);
  });

  test('cannot go unnoticed', () => {
    const gone = unnoticed(
      places.filter((at) => !isTold(at) && !isEmptyList(at)),
      (parent, key) => {
        if (Array.isArray(parent)) parent.splice(Number(key), 1);
        else delete parent[key];
      },
    );
    expect(gone).toEqual([]);
  });
});

describe('a field that nobody knows yet', () => {
  const mappings = placesOf(JSON.parse(full.text)).filter((at) => {
    const value = at.reduce<Written>((one, key) => one[key], JSON.parse(full.text));
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMapping && !isFree([...at, 'x']) && at[0] !== 'signerFiles';
  });
  const names =
    /^(environments\.\w+\.(gate(\.load)?|strategy\.analysis\.probes)|approvers|producers|runbooks)$/;

  test('counts as weaker, whether it comes or goes', () => {
    const wrong = mappings.filter((at) => {
      const other = changedAt(full, [...at, 'newInThisVersion'], (parent, key) => {
        parent[key] = { strict: false };
      });
      const both = [weakenings(full, other), weakenings(other, full)];
      // Where names stand, one more is a demand or a person more: weaker in one direction only.
      return both.filter((found) => found.length > 0).length !== (names.test(at.join('.')) ? 1 : 2);
    });
    expect(wrong.map((at) => at.join('.'))).toEqual([]);
  });
});

test('any two changes at once are noticed as well', () => {
  // All environments at once may become none of them, which is free.
  const isAll = (at: Path) => at.join() === 'environments';
  const place = fc.constantFrom(...places.filter((at) => !isTold(at) && !isAll(at)));
  fc.assert(
    fc.property(place, place, fc.anything({ maxDepth: 1 }), (one, two, value) => {
      const replace = (parent: Written, key: string | number) => {
        if (typeof parent === 'object' && parent !== null)
          parent[key] = JSON.parse(JSON.stringify(value ?? null));
      };
      let other: PolicyContent;
      try {
        other = changedAt(changedAt(full, one, replace), two, replace);
      } catch {
        return; // the first took away where the second stands
      }
      if (JSON.stringify(JSON.parse(other.text)) === JSON.stringify(JSON.parse(full.text))) return;
      expect(isNoticed(full, other)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe('a threshold', () => {
  const value = fc.integer({ min: 0, max: 6 });
  const comparison = fc.constantFrom<Comparison>('<=', '<', '>=', '>', '==');
  const bound = fc.record({ comparison, value, unit: fc.constant('ms'), relative: fc.constant(false) });
  const isWeaker = (before: Threshold, after: Threshold) =>
    threshold(before, after, 'x').some((change) => change.weaker);

  test('is weaker exactly when something satisfies it that did not satisfy the one before', () => {
    const values = Array.from({ length: 17 }, (_, index) => index / 2 - 1);
    fc.assert(
      fc.property(bound, bound, (before, after) => {
        const letsThrough = values.some((one) => meets(one, after) && !meets(one, before));
        expect(isWeaker(before, after)).toBe(letsThrough);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['in a unit that cannot be compared', { unit: 'req/s' }],
    ['without a unit', { unit: undefined }],
    ['relative', { relative: true }],
    ['with something more', { window: '1m' }],
  ])('is weaker %s, whatever its value', (_, other) => {
    const before: Threshold = { comparison: '<=', value: 5, unit: 'ms', relative: false };
    expect(isWeaker(before, JSON.parse(JSON.stringify({ ...before, value: 1, ...other })))).toBe(true);
  });
});
