import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { configurationExample } from '../../src/config/example.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { DevopsError } from '../../src/errors.ts';

const valid = `project: shop
checks:
  unit: { run: npm test, report: { format: junit, path: unit.xml } }
  load: { run: npm run load, report: { format: autocannon } }
  scan: { run: npm audit --json, report: { format: npm-audit } }
environments:
  staging:
    target: { kind: process, run: node server.js, port: 8080 }
    health: { version: $.version }
    gate: { unit: 100% }
`;

/** The valid configuration with one text in it replaced. */
function broken(found: string, replacement: string): string {
  if (!valid.includes(found)) throw new Error(`the configuration has no ${found}`);
  return valid.replace(found, replacement);
}

function problemsOf(text: string): string[] {
  try {
    parseConfig(text, 'devops.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(DevopsError);
    expect((error as DevopsError).code).toBe('CONFIG_INVALID');
    expect((error as DevopsError).remedy).toContain('devops.yaml');
    return (error as DevopsError).message.split('\n');
  }
  return [];
}

/** A demand on findings with an exception of which one part is changed. */
function exceptionOf(part: object): string {
  const reason = 'Nothing here calls the vulnerable function.';
  const exception = { id: 'CVE-2026-1', reason, until: '2026-12-31', ...part };
  return `scan: ${JSON.stringify({ maxSeverity: 'low', exceptions: [exception] })}`;
}

const gate = (demand: string) => broken('{ unit: 100% }', `{ ${demand} }`);
const commandTarget = `{ kind: command, url: "http://127.0.0.1:80", deploy: ./up, rollback: ./back, version: ./v }`;
const onCommand = broken('{ kind: process, run: node server.js, port: 8080 }', commandTarget);
const overSsh = (hosts: string, folder = '/srv/shop') =>
  broken(
    '{ kind: process, run: node server.js, port: 8080 }',
    `{ kind: ssh, url: "http://127.0.0.1:80", ${hosts}path: ${folder}, restart: "true", stop: "true", status: "true" }`,
  );
const onContainer = broken(
  '{ kind: process, run: node server.js, port: 8080 }',
  '{ kind: container, port: 8080, dockerfile: Dockerfile }',
);
const onCompose = broken(
  '{ kind: process, run: node server.js, port: 8080 }',
  '{ kind: compose, url: "http://localhost:8080", service: web, project: shop, dockerfile: Dockerfile }',
);
const onCluster = broken(
  '{ kind: process, run: node server.js, port: 8080 }',
  '{ kind: kubernetes, url: "http://localhost:8080", deployment: shop }',
);
const environment = (text: string) => broken('    gate:', `${text}\n    gate:`);

test('a valid configuration has its values in the numbers of the house', () => {
  const { checks, environments } = parseConfig(valid, 'devops.yaml');
  expect(checks.unit).toMatchObject({ timeout: 600_000, validFor: 86_400_000, passEnvironment: [] });
  expect(environments.staging?.gate.unit).toEqual({
    comparison: '>=',
    value: 100,
    unit: '%',
    relative: false,
  });
  expect(environments.staging?.strategy).toEqual({ kind: 'allAtOnce', bake: 10_000, patience: 600_000 });
});

test('an exception has its words trimmed and its day as written', () => {
  const { environments } = parseConfig(
    gate(exceptionOf({ id: ' CVE-2026-1 ', package: 'lodash', approvedBy: 'Kim' })),
    'devops.yaml',
  );
  expect(environments.staging?.gate.scan).toEqual({
    maxSeverity: 'low',
    exceptions: [
      {
        id: 'CVE-2026-1',
        package: 'lodash',
        reason: 'Nothing here calls the vulnerable function.',
        until: '2026-12-31',
        approvedBy: 'Kim',
      },
    ],
  });
});

test('VEX files are taken where the commit must have been reviewed, here or in the environment before', () => {
  const reviewed = `${gate('review: approved, unit: 100%')}  production:
    after: staging
    target: { kind: process, run: node server.js, port: 8090 }
    health: { version: $.version }
    gate: { scan: { maxSeverity: low, vex: [security/vex.json] } }
approvers: { reviewer: { allowedSigners: .reviewers } }
`;
  expect(parseConfig(reviewed, 'devops.yaml').environments.production?.gate.scan).toEqual({
    maxSeverity: 'low',
    vex: ['security/vex.json'],
  });
  expect(problemsOf(reviewed.replace('after: staging', 'after: staging\n    freeze: []'))).toEqual([]);
  expect(problemsOf(reviewed.replace('    after: staging\n', '')).join()).toContain(
    'demand "review: approved"',
  );
});

test('the example of the reference is valid', () => {
  expect(Object.keys(parseConfig(configurationExample, 'devops.yaml').environments)).toEqual([
    'staging',
    'production',
  ]);
});

describe('what is no YAML, or no configuration', () => {
  test.each([
    ['nothing', '', 'devops.yaml:1:1 ', 'is empty; it must be a mapping'],
    ['comments only', '# soon\n', 'devops.yaml:1:1 ', 'must be a mapping'],
    ['a list', '- project: shop\n', 'devops.yaml:1:1 ', 'must be a mapping'],
    ['a tab', 'project: a\nchecks:\n\tunit: 1\n', 'devops.yaml:3:1 ', 'a tab: YAML is indented with spaces'],
    ['a key twice', 'project: a\nproject: b\n', 'devops.yaml:2:1 ', 'this key stands here a second time'],
    ['an open bracket', 'project: [a\n', 'devops.yaml:2:1 ', 'end with a ]'],
    [
      'a second document',
      'project: a\n---\nproject: b\n',
      'devops.yaml:2:1 ',
      'a second document begins here',
    ],
    ['an alias to nothing', 'project: *name\n', 'devops.yaml:1:1 ', 'Unresolved alias'],
  ])('%s', (_, text, place, message) => {
    const [first = ''] = problemsOf(text);
    expect(first.startsWith(place), first).toBe(true);
    expect(first).toContain(message);
  });

  test.each([['['], ['{a: '], ['- '], ['? ']])('thousands of %j, which would end the process', (piece) => {
    for (const text of ['a: [}', '"x', '# x']) problemsOf(text); // it takes a parser that has worked before
    expect(problemsOf(piece.repeat(40_000))).toEqual([
      'devops.yaml:1:1 is nested deeper than any configuration is',
    ]);
  });

  test('megabytes', () => {
    expect(problemsOf('#'.repeat(300_000))).toEqual(['devops.yaml:1:1 is longer than 256 KiB']);
  });

  test.each([
    ['a tag', 'project: !!js/function x\n', 'devops.yaml:1:10 not valid YAML: Unresolved tag'],
    [
      'a key that objects take for something else',
      gate('__proto__: 100%'),
      '"__proto__" cannot be a key here',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)[0]).toContain(expected);
  });

  test('a value that contains itself', () => {
    expect(problemsOf(gate('unit: &a [*a]'))[0]).toContain('gate.unit: must be');
  });

  test('aliases that grow beyond measure are not expanded', () => {
    const letters = [...'abcdefgh'];
    const bomb = letters.map((letter, index) =>
      index === 0
        ? 'a: &a [x, x, x, x, x, x, x, x, x]'
        : `${letter}: &${letter} [${Array(9)
            .fill(`*${letters[index - 1]}`)
            .join(', ')}]`,
    );
    expect(problemsOf(bomb.join('\n'))[0]).toContain('Excessive alias count');
  });
});

describe('problems name line, column, path, what was found and what is allowed', () => {
  test.each<[string, string, string]>([
    [
      'unknown key',
      broken('run: npm test,', 'runn: npm test,'),
      '3:11 checks.unit.runn: unknown key "runn"; did you mean "run"?',
    ],
    [
      'unknown key with nothing near',
      broken('port: 8080', 'port: 8080, colour: 1'),
      'environments.staging.target.colour: unknown key "colour"; allowed are kind, run, port',
    ],
    [
      'missing key',
      broken(', port: 8080', ''),
      '8:13 environments.staging.target.port: is missing; it must be a number',
    ],
    [
      'wrong type',
      broken('port: 8080', 'port: "8080"'),
      '8:57 environments.staging.target.port: must be a number, found "8080"',
    ],
    [
      'unknown kind',
      broken('kind: process', 'kind: proces'),
      '8:21 environments.staging.target.kind: unknown kind "proces": use process or command or ssh or container or compose or kubernetes; did you mean "process"?',
    ],
    [
      'missing kind',
      broken('kind: process, ', ''),
      'environments.staging.target.kind: unknown kind nothing: use process or command or ssh or container',
    ],
    [
      'no duration',
      broken('run: npm test,', 'run: npm test, timeout: soon,'),
      'checks.unit.timeout: must be a duration such as 500ms, 30s, 5m, 24h or 7d, found "soon"',
    ],
    [
      'no time to run in',
      broken('run: npm test,', 'run: npm test, timeout: 0s,'),
      'checks.unit.timeout: must be longer than nothing, found "0s"',
    ],
    [
      'longer than a timer can be',
      broken('run: npm test,', 'run: npm test, timeout: 60d,'),
      'checks.unit.timeout: must be at most 24d, found "60d"',
    ],
    [
      'path out of the checkout',
      broken('path: unit.xml', 'path: ../unit.xml'),
      'checks.unit.report.path: must be a path inside the checkout, relative to it, found "../unit.xml"',
    ],
    [
      'absolute path',
      broken('path: unit.xml', 'path: /tmp/unit.xml'),
      'checks.unit.report.path: must be a path inside the checkout',
    ],
    [
      'version path that is not understood',
      broken('$.version', '$..version'),
      'environments.staging.health.version: must be a path such as $.version',
    ],
    [
      'variable with a sign',
      broken('run: npm test,', 'run: npm test, passEnvironment: [$TOKEN],'),
      'checks.unit.passEnvironment.0: must be the name of an environment variable, without a $, found "$TOKEN"',
    ],
    [
      'no URL',
      onCommand.replace('"http://127.0.0.1:80"', 'shop'),
      'environments.staging.target.url: must be a URL such as https://shop.example.com, found "shop"',
    ],
    [
      'no time of the week',
      environment('    freeze: [{ from: Friday, to: Mon 08:00 }]'),
      'environments.staging.freeze.0.from: must be like "Fri 16:00", found "Friday"',
    ],
    [
      'no event',
      `${valid}notify: [{ kind: webhook, url: $HOOK, on: [deploy] }]\n`,
      'notify.0.on.0: must be "deployed" or "failed"',
    ],
    [
      'no webhook',
      `${valid}notify: [{ kind: webhook, url: hook, on: [failed] }]\n`,
      'notify.0.url: must be a URL, or $NAME of the environment variable that holds it, found "hook"',
    ],
    [
      'a channel that would be told nothing',
      `${valid}notify: [{ kind: webhook, url: $HOOK }]\n`,
      'notify.0.on: names no event, and nothing escalates to it',
    ],
    [
      'two channels of one name',
      `${valid}notify: [{ name: a, kind: command, run: x, on: [failed] }, { name: a, kind: command, run: y, on: [failed] }]\n`,
      'notify.1.name: "a" is the name of another channel already',
    ],
    [
      'a channel of an unknown environment',
      `${valid}notify: [{ kind: command, run: x, on: [failed], environments: [stagin] }]\n`,
      'notify.0.environments.0: there is no environment "stagin"; did you mean "staging"?',
    ],
    [
      'the address of a chat in the file',
      `${valid}notify: [{ kind: webhook, format: slack, url: "https://hooks.slack.com/services/T/B/x", on: [failed] }]\n`,
      'notify.0.url: must be $NAME of the environment variable that holds it',
    ],
    [
      'a password in the file',
      `${valid}notify: [{ kind: smtp, host: m.example, user: u, password: hunter2, from: a@b.example, to: [c@d.example], on: [failed] }]\n`,
      'notify.0.password: must be $NAME of the environment variable that holds it',
    ],
    [
      'a password in the address of a mail server',
      `${valid}notify: [{ kind: smtp, url: "smtp://u:hunter2@m.example", from: a@b.example, to: [c@d.example], on: [failed] }]\n`,
      'notify.0.url: must be smtp://HOST:PORT or smtps://HOST:PORT, or $NAME',
    ],
    [
      'no mail server',
      `${valid}notify: [{ kind: smtp, from: a@b.example, to: [c@d.example], on: [failed] }]\n`,
      'notify.0.host: name the mail server once: either url or host',
    ],
    [
      'a user without a password',
      `${valid}notify: [{ kind: smtp, host: m.example, user: u, from: a@b.example, to: [c@d.example], on: [failed] }]\n`,
      'notify.0.user: is nothing without password',
    ],
    [
      'two recipients in one',
      `${valid}notify: [{ kind: smtp, host: m.example, from: a@b.example, to: ["c@d.example, e@f.example"], on: [failed] }]\n`,
      'notify.0.to.0: must be an address such as ops@example.com',
    ],
    [
      'an escalation to nobody',
      `${valid}escalation: [{ after: 1h }]\n`,
      'escalation.0: tells nobody: name an agent, or channels',
    ],
    [
      'an escalation to an unknown channel',
      `${valid}notify: [{ name: on-call, kind: command, run: x }]\nescalation: [{ after: 1h, channels: [on-call, oncall] }]\n`,
      'escalation.0.channels.1: there is no channel named "oncall" in notify; did you mean "on-call"?',
    ],
    [
      'a link that would be told before the one in front of it',
      `${valid}escalation: [{ after: 1h, agent: Product-Manager }, { after: 30m, agent: Tester }]\n`,
      'escalation.1.after: must be longer than that of the link before, 1h',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text).join('\n')).toContain(expected);
  });

  test('a number where a duration belongs', () => {
    expect(problemsOf(broken('run: npm test,', 'run: npm test, timeout: 5,'))[0]).toContain(
      'checks.unit.timeout: must be a duration such as 500ms, 30s, 5m, 24h or 7d, found 5',
    );
  });

  test('what does not fit each other is told beside what is wrong in itself, in the order of the file', () => {
    const text = broken('port: 8080', 'port: "8080"')
      .replace('{ unit: 100% }', '{ unitt: 100%, review: approved, unit: 0.95 }')
      .replace('run: npm test,', 'run: npm test, against: stging, tmeout: 5m,');
    expect(problemsOf(text).map((line) => line.split(': ')[0])).toEqual([
      'devops.yaml:3:43 checks.unit.tmeout',
      'devops.yaml:8:57 environments.staging.target.port',
      'devops.yaml:10:13 environments.staging.gate.unitt',
      'devops.yaml:10:34 environments.staging.gate.review',
      'devops.yaml:10:50 environments.staging.gate.unit',
    ]);
  });

  test('all at once', () => {
    const text = broken('port: 8080', 'port: "8080"').replace('run: npm test,', 'runn: npm test,');
    expect(problemsOf(text)).toHaveLength(2); // runn is unknown, port a text
  });
});

describe('demands that would let everything through, or nothing', () => {
  test.each<[string, string]>([
    ['unit: true', 'must be a pass rate such as 100% or ">= 95%"'],
    ['unit: 0.95', 'must be a pass rate such as 100% or ">= 95%"'],
    ['unit: "<= 95%"', 'must be a pass rate such as 100% or ">= 95%"'],
    ['unit: 0%', 'must be a pass rate such as 100% or ">= 95%"'],
    ['unit: 101%', 'must be a pass rate such as 100% or ">= 95%"'],
    ['load: { p99: 250 ms }', 'load.p99: must begin with a comparison, such as "<= 250 ms"'],
    ['load: { p99: fast }', 'load.p99: must be a threshold such as 100%'],
    ['load: {}', 'load: must name at least one metric'],
    ['load: { comparedToBaseline: "<= +10%" }', 'load: comparedToBaseline compares the other metrics'],
    ['load: { p99: "<= 1 ms", comparedToBaseline: "<= 10%" }', 'must be relative to the live release'],
    ['load: { minSamples: 50 }', 'load: must name at least one metric'],
    ['load: { p99: "<= 1 ms", minSamples: 0 }', 'load.minSamples: must be a whole number of at least 1'],
    ['load: { p99: "<= 1 ms", minSamples: 2.5 }', 'load.minSamples: must be a whole number of at least 1'],
    ['load: { p99: "<= 1 ms", minSamples: "<= 5" }', 'load.minSamples: must be a whole number of at least 1'],
    ['load: { p99: "<= +10%" }', 'load: only comparedToBaseline is relative'],
    [
      'scan: { maxSeverity: hgh }',
      'scan.maxSeverity: must be none, low, moderate, high or critical, found "hgh"',
    ],
    ['scan: { maxSeverity: "<= 3" }', 'scan: maxSeverity is no metric'],
    [exceptionOf({ until: '2026-04-31' }), 'exceptions.0.until: must be a day such as 2026-12-31'],
    [exceptionOf({ until: 'never' }), 'exceptions.0.until: must be a day such as 2026-12-31'],
    [exceptionOf({ until: undefined }), 'exceptions.0.until must be a day such as 2026-12-31'],
    [exceptionOf({ reason: 'because      ' }), 'exceptions.0.reason: must say in a sentence why this may be'],
    [exceptionOf({ id: 'CVE-*' }), 'exceptions.0.id: must be one whole name such as CVE-2026-1234'],
    ['scan: { maxSeverity: low, vex: [../vex.json] }', 'vex.0: must be a path inside the checkout'],
    [
      'scan: { maxSeverity: low, vex: [vex.json] }',
      'scan.vex: lets the author of a commit excuse what is found in it: demand "review: approved"',
    ],
    ['scan: 100%', 'a demand on tests cannot be met by check "scan": its npm-audit report contains findings'],
    [
      'unit: { maxSeverity: low }',
      'a demand on findings cannot be met by check "unit": its junit report contains tests',
    ],
    [
      'unit: { p99: "<= 1 ms" }',
      'a demand on metrics cannot be met by check "unit": its junit report contains tests',
    ],
    ['review: yes', 'gate.review: must be "approved", found "yes"'],
  ])('gate: { %s }', (demand, expected) => {
    expect(problemsOf(gate(demand)).join('\n')).toContain(expected);
  });

  test.each([
    'errorRate: 1%',
    'errorRate: ">= 1%"',
    'errorRate: "<= 1 ms"',
    'p95: 300 ms',
    'p99: "<= 300 us"',
  ])('analysis: { %s }', (limits) => {
    const text = environment(`    strategy: { kind: allAtOnce, analysis: { ${limits} } }`);
    expect(problemsOf(text).join('\n')).toContain('that is still good');
  });
});

describe('parts that do not fit each other', () => {
  test.each<[string, string, string]>([
    [
      'gate without its check',
      gate('unitt: 100%'),
      '10:13 environments.staging.gate.unitt: unknown key "unitt"; did you mean "unit"? (checks are unit, load, scan)',
    ],
    [
      'unknown report format',
      broken('format: junit', 'format: junti'),
      'checks.unit.report.format: unknown report format "junti"; did you mean "junit"?',
    ],
    [
      'check against no environment',
      broken('run: npm test,', 'run: npm test, against: stging,'),
      'checks.unit.against: there is no environment "stging"; did you mean "staging"?',
    ],
    [
      'after no environment',
      environment('    after: nowhere'),
      'environments.staging.after: there is no environment "nowhere"; allowed are staging',
    ],
    [
      'after itself',
      environment('    after: staging'),
      'environments.staging.after: goes in a circle: staging after staging',
    ],
    [
      'validate without its check',
      environment('    validate: [smoke]'),
      'environments.staging.validate.0: there is no check "smoke"',
    ],
    [
      'approval from nobody',
      environment('    approvals: { from: [owner] }'),
      'environments.staging.approvals.from.0: there is no role "owner" in approvers',
    ],
    [
      'review without reviewers',
      gate('review: approved'),
      'environments.staging.gate.review: needs to know the reviewers: add "approvers: { reviewer: { allowedSigners: .devops-reviewers } }"',
    ],
    [
      'no time zone',
      environment('    freeze: [{ from: Fri 16:00, to: Mon 08:00, timezone: Mars/Base }]'),
      'environments.staging.freeze.0.timezone: "Mars/Base" is not a time zone; use an IANA name',
    ],
    [
      'blueGreen on commands',
      onCommand.replace('    gate:', '    strategy: { kind: blueGreen }\n    gate:'),
      'environments.staging.strategy.kind: a command target cannot run two releases beside each other; use allAtOnce',
    ],
    [
      'analysis on commands',
      onCommand.replace(
        '    gate:',
        '    strategy: { kind: allAtOnce, analysis: { p95: "<= 1 s" } }\n    gate:',
      ),
      'environments.staging.strategy.analysis: a command target does not count traffic',
    ],
    [
      'no proof of what is served',
      broken('    health: { version: $.version }\n', ''),
      'environments.staging.health.version: is missing: the served version could not be proven',
    ],
    [
      'two on one port',
      `${valid}  second:\n    target: { kind: process, run: ./two, port: 8080 }\n    health: { version: $.version }\n`,
      'environments.second.target.port: 127.0.0.1:8080 is taken by staging already',
    ],
    [
      'blueGreen over SSH',
      overSsh('hosts: [web1], ').replace('    gate:', '    strategy: { kind: blueGreen }\n    gate:'),
      'environments.staging.strategy.kind: an ssh target cannot run two releases beside each other',
    ],
    [
      'an option for a host',
      overSsh('hosts: [web1, -oProxyCommand=id], '),
      'environments.staging.target.hosts.1: must be a host such as web1.example.com, deploy@web1.example.com:2222',
    ],
    [
      'a port too high',
      overSsh('hosts: ["web1:70000"], '),
      'environments.staging.target.hosts.0: must be a host',
    ],
    ['no hosts', overSsh('hosts: [], '), 'environments.staging.target.hosts: must name at least one host'],
    [
      'a host twice',
      overSsh('hosts: [web1, "deploy@WEB1:22"], '),
      'environments.staging.target.hosts.1: names web1:22 a second time',
    ],
    [
      'a folder that leads elsewhere',
      overSsh('hosts: [web1], ', '/srv/../etc'),
      'environments.staging.target.path: must be a folder such as /srv/shop',
    ],
    [
      'two in one folder of a host',
      overSsh('hosts: [web1, web2], ').replace(
        'environments:\n',
        'environments:\n  second:\n    target: { kind: ssh, url: "https://two.example", hosts: [web2], path: /srv/shop, restart: "true", stop: "true", status: "true", version: "true" }\n',
      ),
      'environments.staging.target.hosts.1: /srv/shop on web2 belongs to second already',
    ],
    [
      'a process and a container on one port',
      `${valid}  second:\n    target: { kind: container, port: 8080, dockerfile: Dockerfile }\n    health: { version: $.version }\n`,
      'environments.second.target.port: 127.0.0.1:8080 is taken by staging already',
    ],
    [
      'a container without an image',
      onContainer.replace(', dockerfile: Dockerfile', ''),
      'environments.staging.target.dockerfile: is missing: a container needs an image. Name the Dockerfile in the artifact',
    ],
    [
      'nothing to build an image from',
      `${onContainer}artifact: { build: ./build, path: "-" }\n`,
      'environments.staging.target.dockerfile: has nothing to build from: the artifact is the reference of an image',
    ],
    [
      'a process that should run an image',
      `${valid}artifact: { build: ./build, path: "-" }\n`,
      'environments.staging.target.kind: a process runs files, and the artifact is the reference of an image',
    ],
    [
      'a reference that nobody prints',
      `${onContainer.replace(', dockerfile: Dockerfile', '')}artifact: { path: "-" }\n`,
      'artifact.path: "-" is what artifact.build prints, and there is no build',
    ],
    [
      'another image than was proven',
      `${onContainer}  second:\n    after: staging\n    target: { kind: container, port: 8081, dockerfile: Dockerfile.production }\n    health: { version: $.version }\n`,
      'environments.second.target.dockerfile: differs from that of staging (Dockerfile): second would run an image that staging never proved',
    ],
    [
      'two environments in one Compose project',
      `${onCompose}  second:\n    target: { kind: compose, url: "http://localhost:8081", service: web, project: shop, dockerfile: Dockerfile }\n    health: { version: $.version }\n`,
      'environments.second.target.project: shop belongs to staging already; give second a project of its own',
    ],
    [
      'two environments on one Deployment',
      `${onCluster}  second:\n    target: { kind: kubernetes, url: "http://localhost:8081", deployment: shop }\n    health: { version: $.version }\n`,
      'environments.second.target.deployment: shop in namespace default belongs to staging already; give second one of its own, or another namespace or context',
    ],
    [
      'two environments by one release of Helm',
      `${onCluster.replace('deployment: shop', 'deployment: shop, chart: { path: chart }')}  second:\n    target: { kind: kubernetes, url: "http://localhost:8081", deployment: second, chart: { path: chart, release: shop } }\n    health: { version: $.version }\n`,
      'environments.second.target.chart: Helm release shop in namespace default belongs to staging already',
    ],
    [
      'a strategy that Compose cannot follow',
      onCompose.replace('    health:', '    strategy: { kind: rolling }\n    health:'),
      'environments.staging.strategy.kind: a compose target cannot bring a release to some of its instances at a time; use allAtOnce',
    ],
    [
      'a cluster that should build',
      onCluster,
      'environments.staging.target.kind: a kubernetes target runs an image that a registry has',
    ],
    [
      'a chart beside a manifest',
      onCluster.replace('deployment:', 'manifest: shop.yaml, chart: { path: deploy/chart }, deployment:'),
      'environments.staging.target.chart: stands beside manifest, and a release is brought by one of them: take the other away',
    ],
    [
      'a chart outside of the commit',
      onCluster.replace('deployment:', 'chart: { path: ../chart }, deployment:'),
      'environments.staging.target.chart.path: must be a path inside the checkout',
    ],
    [
      'a compose file that is no file',
      onCompose.replace('service:', 'file: "-", service:'),
      'environments.staging.target.file: must be a file of the commit',
    ],
    [
      'a repository with a tag',
      onContainer.replace('dockerfile:', 'repository: "shop:latest", dockerfile:'),
      'environments.staging.target.repository: must be a repository such as registry.example.com/shop, without a tag, found "shop:latest"',
    ],
    [
      'no option',
      onContainer.replace('dockerfile:', 'options: [memory=1g], dockerfile:'),
      'environments.staging.target.options.0: must be one option with its value, such as --memory=512m',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text).join('\n')).toContain(expected);
  });

  test('a command target that tells its version needs none in its health answer', () => {
    expect(problemsOf(onCommand.replace('    health: { version: $.version }\n', ''))).toEqual([]);
  });

  test('a container target can what a process target can', () => {
    const strategy = 'strategy: { kind: blueGreen, analysis: { errorRate: "<= 1%" } }';
    expect(problemsOf(onContainer.replace('    gate:', `    ${strategy}\n    gate:`))).toEqual([]);
    const byReference = `${onContainer.replace(', dockerfile: Dockerfile', '')}artifact: { build: ./build, path: "-" }\n`;
    expect(problemsOf(byReference)).toEqual([]);
    // A mistake elsewhere makes no other one of it.
    expect(problemsOf(`${byReference}colour: blue\n`)).toHaveLength(1);
    expect(problemsOf(byReference.replace('path: "-"', 'path: "-", colour: blue'))).toHaveLength(1);
  });

  test('environments that wait for each other', () => {
    const text = `${environment('    after: second')}  second:
    after: staging
    target: { kind: process, run: ./two, port: 8081 }
    health: { version: $.version }
`;
    expect(problemsOf(text).join('\n')).toContain('goes in a circle: staging after second after staging');
  });
});

describe('whatever the text, the answer is a configuration or CONFIG_INVALID', () => {
  test('garbage', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void problemsOf(text)));
  });

  test('YAML of any shape', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => void problemsOf(stringify(value))),
      { numRuns: 300 },
    );
  });

  test('a configuration with a piece cut out or put in', () => {
    const at = fc.nat({ max: configurationExample.length });
    const piece = fc.constantFrom(
      '',
      '{',
      '}',
      '[',
      ':',
      ' null',
      '\n',
      '- ',
      '&a ',
      '*a ',
      '"',
      '1',
      '__proto__: 1\n',
    );
    fc.assert(
      fc.property(at, fc.nat({ max: 40 }), piece, (from, length, put) => {
        problemsOf(configurationExample.slice(0, from) + put + configurationExample.slice(from + length));
      }),
      { numRuns: 300 },
    );
  });
});
