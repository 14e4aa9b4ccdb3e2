import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { answerPolicy, policyQuestion, policyTextToSign } from '../../src/approvals/approve-policy.ts';
import { overrideNamespace } from '../../src/approvals/override-statement.ts';
import { policyNamespace } from '../../src/approvals/policy-statement.ts';
import { overrideQuestion, overrideTextToSign, recordOverride } from '../../src/gates/override.ts';
import { sha256 } from '../../src/platform/digest.ts';
import { signStatement } from '../../src/platform/signatures.ts';
import type { Caller } from '../../src/project.ts';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';

/** An agent that may write every file of the project tries to get past its gates by changing the rules. */

let pocket: Pocket;
let agent: Agent;
/** Where people answer; test/e2e/policy.test.ts shows that the command line does just this. */
let app: App;
const person: Caller = { kind: 'cli', user: 'somebody' };

/** Keys of people, and one that the agent made for itself. */
const keys = {} as Record<'sam' | 'rita' | 'ada' | 'agent', string>;
const emailOf = {
  sam: 'sam@pocket.example',
  rita: 'rita@pocket.example',
  ada: 'ada@pocket.example',
  agent: 'bot@pocket.example',
};
const lineOf = async (name: keyof typeof keys) =>
  `${emailOf[name]} ${await fs.readFile(`${keys[name]}.pub`, 'utf8')}`;

beforeAll(async () => {
  pocket = await createPocket();
  for (const name of ['sam', 'rita', 'ada', 'agent'] as const) {
    keys[name] = path.join(pocket.dir, '.git', name);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', keys[name]]);
  }
  // Ada approves deployments like Sam does; she also writes the commits.
  await fs.writeFile(path.join(pocket.dir, '.approvers'), (await lineOf('sam')) + (await lineOf('ada')));
  await fs.writeFile(path.join(pocket.dir, '.reviewers'), await lineOf('rita'));
  await pocket.configure((config) => {
    config.approvers = {
      stakeholder: { allowedSigners: '.approvers' },
      reviewer: { allowedSigners: '.reviewers' },
    };
    config.checks.unit = { run: 'exit 1' };
    config.environments.staging.gate = { unit: '100%', review: 'approved' };
    config.environments.staging.approvals = { from: ['stakeholder'] };
    config.environments.production.gate = { unit: '100%' };
  });
  app = openApp({ projectDir: pocket.dir, serverEnvironment: pocket.environment });
  agent = await pocket.connect();
  await agent.call('evaluateGate', { environment: 'staging' }); // the first policy that the records see
});
afterAll(async () => {
  await app.close();
  await agent.close();
  await pocket.destroy();
});

const ruleFiles = ['devops.yaml', '.approvers', '.reviewers'];

/** Lets the agent change the rules, looks at what it gets, and puts everything back. */
async function attack<T>(change: () => Promise<unknown>, look: () => Promise<T>): Promise<T> {
  const database = path.join(pocket.dir, '.devops/state.db');
  const before = await Promise.all(ruleFiles.map((file) => pocket.read(file)));
  const tables = new Database(database);
  const rows = tables.prepare('select * from policies order by number').all() as Record<string, unknown>[];
  try {
    await change();
    return await look();
  } finally {
    for (const [index, file] of ruleFiles.entries()) {
      await fs.writeFile(path.join(pocket.dir, file), before[index] ?? '');
    }
    tables.exec('delete from policies');
    for (const row of rows) {
      tables
        .prepare(
          `insert into policies values (${Object.keys(row)
            .map(() => '?')
            .join()})`,
        )
        .run(Object.values(row));
    }
    tables.close();
  }
}

type Requirement = { name: string; verdict: string; observed: string; reason: string; remedy?: string };

async function requirement(name: string, environment = 'staging', ref = 'HEAD'): Promise<Requirement> {
  const { data } = await agent.call('evaluateGate', { environment, ref, run: 'none' });
  return data.requirements.find((one: Requirement) => one.name === name);
}
const policy = () => requirement('policy');
const weakerIn = (place: string) =>
  expect.objectContaining({
    verdict: 'fail',
    observed: expect.stringMatching(/^weaker than approved policy [0-9a-f]{12}$/),
    reason: expect.stringContaining(place),
    remedy: expect.stringContaining(
      'of the role stakeholder runs "devops-engineer approve policy --key FILE"',
    ),
  });
async function approvePolicy(keyFile?: string, decision: 'approve' | 'reject' = 'approve') {
  const project = await app.project();
  const question = await policyQuestion(project, person);
  return answerPolicy(project, question, { decision, caller: person, ...(keyFile && { keyFile }) });
}
const refusal = (answer: Promise<unknown>) =>
  answer.then(
    (given) => ({ given }),
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );

test('the first policy is taken as it is, and the verdict says so', async () => {
  expect(await policy()).toMatchObject({ verdict: 'pass', observed: 'as first seen' });
});

describe('a policy that demands less', () => {
  test.each([
    [
      'environments.staging.gate.unit: 100% became >= 1%',
      (it: never) => Object.assign(it, { unit: '>= 1%' }),
    ],
    [
      'environments.staging.gate.review: approved was removed',
      (it: { review?: string }) => {
        delete it.review;
      },
    ],
    [
      'environments.staging.gate.unit: 100% was removed',
      (it: { unit?: string }) => {
        delete it.unit;
      },
    ],
  ])('passes no gate: %s', async (sentence, change) => {
    const seen = await attack(
      () => pocket.configure(({ environments }) => change(environments.staging.gate as never)),
      policy,
    );
    expect(seen).toEqual(weakerIn(sentence));
  });

  test('"run: exit 0" proves nothing but who asks, and deploy is refused', async () => {
    const weaken = () =>
      pocket.configure(({ checks, environments }) => {
        checks.unit.run = 'exit 0';
        delete environments.staging.gate.review;
      });
    const { gate, deploy } = await attack(weaken, async () => ({
      gate: await agent.call('evaluateGate', { environment: 'staging' }),
      deploy: await agent.call('deploy', { environment: 'staging' }),
    }));
    expect(gate.data.verdict).toBe('fail');
    expect(gate.text).toContain('- policy: fail');
    expect(gate.data.requirements.find(({ name }: Requirement) => name === 'policy').reason).toMatch(
      /in 2 places: checks\.unit\.run: "exit 1" became "exit 0"; environments\.staging\.gate\.review/,
    );
    expect(deploy.data.refused).toMatchObject({
      code: 'GATE_FAILED',
      message: expect.stringContaining('policy'),
    });
    // The green evidence that this made does not count once the rules are back.
    expect((await requirement('unit')).verdict).not.toBe('pass');
  });

  test('a gate of its own in front of the same target is a way around', async () => {
    const seen = await attack(
      () =>
        pocket.configure(({ environments }) => {
          environments.side = {
            ...environments.production,
            gate: {},
            target: { ...environments.production.target, host: 'localhost' },
          };
          delete environments.production;
        }),
      async () => (await agent.call('evaluateGate', { environment: 'side', run: 'none' })).data,
    );
    expect(seen.requirements[0]).toMatchObject({ name: 'after' });
    expect(seen.requirements).toContainEqual(
      weakerIn('environments.side: was added with the target of production'),
    );
  });
});

describe('whoever weakens the policy cannot also let it count', () => {
  const lowered = () =>
    pocket.configure(({ environments }) => {
      environments.staging.gate.unit = '>= 1%';
    });

  test('not without a signature, not with a key of its own, and not as a reviewer', async () => {
    const answers = await attack(lowered, () =>
      Promise.all([undefined, keys.agent, keys.rita].map((key) => refusal(approvePolicy(key)))),
    );
    expect(answers).toEqual([
      expect.stringContaining('SIGNATURE_REFUSED: the approved policy has signers'),
      expect.stringContaining('its key is unknown there'),
      expect.stringContaining('its key is unknown there'),
    ]);
  });

  test('not by adding its key to the signers first', async () => {
    const { seen, answer } = await attack(
      async () => {
        await lowered();
        await fs.appendFile(path.join(pocket.dir, '.approvers'), await lineOf('agent'));
      },
      async () => ({ seen: await policy(), answer: await refusal(approvePolicy(keys.agent)) }),
    );
    expect(seen).toEqual(weakerIn('approvers.stakeholder.signers: bot@pocket.example'));
    expect(answer).toContain('SIGNATURE_REFUSED: stakeholder: the signature is not accepted');
  });

  test('not by giving a role of its own the say', async () => {
    const { seen, answer } = await attack(
      async () => {
        await fs.writeFile(path.join(pocket.dir, '.agents'), await lineOf('agent'));
        await pocket.configure(({ approvers, environments }) => {
          approvers.agent = { allowedSigners: '.agents' };
          environments.staging.approvals.from.push('agent');
        });
      },
      async () => ({ seen: await policy(), answer: await refusal(approvePolicy(keys.agent)) }),
    );
    expect(seen).toEqual(weakerIn('environments.staging.approvals.from: agent was added'));
    expect(seen).toEqual(weakerIn('approvers.agent: '));
    expect(answer).toContain('SIGNATURE_REFUSED: stakeholder: the signature is not accepted');
  });

  test('not by rejecting it itself: a rejection changes nothing', async () => {
    const { answer, seen } = await attack(lowered, async () => ({
      answer: await approvePolicy(undefined, 'reject'),
      seen: await policy(),
    }));
    expect(answer).toMatchObject({ decision: 'reject', level: 'unverified' });
    expect(seen).toEqual(weakerIn('>= 1%'));
  });
});

describe('the record of what was approved', () => {
  const inDatabase = (sql: string, ...values: unknown[]) => {
    const database = new Database(path.join(pocket.dir, '.devops/state.db'));
    database.prepare(sql).run(values);
    database.close();
  };
  const weakened = () =>
    pocket.configure(({ environments }) => {
      environments.staging.gate.unit = '>= 1%';
    });
  const doubtful = (why: string | RegExp) => ({
    verdict: 'fail',
    observed: expect.stringContaining('does not hold'),
    reason: expect.stringMatching(why),
  });

  test('cannot be emptied to be trusted anew', async () => {
    const seen = await attack(async () => {
      await weakened();
      inDatabase('delete from policies');
    }, policy);
    expect(seen).toMatchObject(doubtful('not on record'));
  });

  test('cannot be rewritten', async () => {
    const rewrite = async () => {
      await weakened();
      const { content } = await onePolicy();
      const lower = content.replace(/"unit":\{[^}]*"value":100\}/, (demand) => demand.replace('100', '1'));
      expect(lower).not.toBe(content);
      inDatabase('update policies set content = ?', lower);
    };
    expect(await attack(rewrite, policy)).toMatchObject(doubtful('its content is not what its digest names'));
    const withDigest = async () => {
      await rewrite();
      inDatabase('update policies set digest = ?', `sha256:${sha256((await onePolicy()).content)}`);
    };
    expect(await attack(withDigest, policy)).toMatchObject(
      doubtful('the audit trail tells of another policy'),
    );
  });

  const onePolicy = async () => {
    const database = new Database(path.join(pocket.dir, '.devops/state.db'));
    const row = database.prepare('select * from policies order by number desc limit 1').get([]);
    database.close();
    return row as { content: string; digest: string; number: number; signers: string };
  };

  test('takes no approval that nobody signed, nor one that was signed for another policy', async () => {
    // A person lets a change count, and takes it back; the agent keeps what was signed.
    await pocket.configure(({ environments }) => {
      environments.staging.gate.unit = '>= 90%';
    });
    expect(await approvePolicy(keys.sam)).toMatchObject({
      level: 'signed',
      weaker: ['environments.staging.gate.unit: 100% became >= 90%'],
    });
    expect(await policy()).toMatchObject({
      verdict: 'pass',
      observed: 'as approved',
      reason: expect.stringContaining('sam@pocket.example (stakeholder)'),
    });
    const signed = await onePolicy();
    await pocket.configure(({ environments }) => {
      environments.staging.gate.unit = '100%';
    });
    expect(await policy()).toMatchObject({ verdict: 'pass', observed: 'not weaker than approved' });
    await approvePolicy(keys.sam);

    const { digest } = await onePolicy();
    expect(await policy()).toMatchObject({ observed: 'as approved' });
    const entry = (number: number, of: string) =>
      inDatabase(
        `insert into audit (at, actor, action, subject, decision, detail, previous, hash) values ('2026-01-01', 'x', 'policy.approve', 'policy', 'signed', ?, 'x', 'x')`,
        JSON.stringify({ number, digest: of }),
      );
    const cleanAudit = () => inDatabase(`delete from audit where hash = 'x'`);
    const columns = 'how, approver, role, level, reason, statement, key_fingerprint, signature, at';
    const replayed = async () => {
      await pocket.configure(({ environments }) => {
        environments.staging.gate.unit = '>= 90%';
      });
      inDatabase(
        `insert into policies (number, digest, content, signers, ${columns}) select 4, digest, content, signers, ${columns} from policies where number = 2`,
      );
      entry(4, signed.digest);
    };
    expect(await attack(replayed, policy)).toMatchObject(doubtful('what was signed is something else'));
    cleanAudit();
    const unsigned = async () => {
      await replayed();
      inDatabase(`update policies set level = 'unverified', signature = null where number = 4`);
    };
    expect(await attack(unsigned, policy)).toMatchObject(doubtful('it is not signed by stakeholder'));
    const cutBack = async () => {
      cleanAudit();
      await pocket.configure(({ environments }) => {
        environments.staging.gate.unit = '>= 90%';
      });
      inDatabase('delete from policies where number = 3');
    };
    expect(await attack(cutBack, policy)).toMatchObject(doubtful('the audit trail tells of another policy'));
    expect((await onePolicy()).digest).toBe(digest);
    expect(await policy()).toMatchObject({ verdict: 'pass', observed: 'as approved' });
  });
});

describe('an override', () => {
  const reason = 'The runner of the tests is broken, the release is not.';
  const hourMs = 60 * 60_000;
  async function override(
    keyFile: string,
    { aheadMs = 2 * hourMs, environment = 'staging', requirement: name = 'unit', why = reason } = {},
  ) {
    const project = await app.project();
    const asked = { environment, requirement: name, ref: 'HEAD', caller: person };
    const question = await overrideQuestion(project, asked);
    const until = new Date(Date.now() + aheadMs);
    return recordOverride(project, question, { reason: why, until, keyFile, caller: person });
  }

  test('is no tool: only people at a terminal give one', async () => {
    const { tools } = await agent.client.listTools();
    expect(tools.filter(({ name }) => /approve|override/i.test(name))).toEqual([]);
  });

  test('is not given by the author, a stranger, a reviewer, for ever, without a reason, or where nobody approves', async () => {
    const refusals = await Promise.all([
      refusal(override(keys.ada)),
      refusal(override(keys.agent)),
      refusal(override(keys.rita)),
      refusal(override(keys.sam, { aheadMs: 8 * 24 * hourMs })),
      refusal(override(keys.sam, { aheadMs: -1 })),
      refusal(override(keys.sam, { why: 'ok' })),
      refusal(override(keys.sam, { environment: 'production' })),
    ]);
    expect(refusals).toEqual([
      expect.stringContaining('SIGNATURE_REFUSED: ada@pocket.example wrote the commit and cannot override'),
      expect.stringContaining('its key is unknown there'),
      expect.stringContaining('its key is unknown there'),
      expect.stringContaining('INVALID_ARGUMENTS: an override ends in the future, at most 7 days ahead'),
      expect.stringContaining('INVALID_ARGUMENTS: an override ends in the future'),
      expect.stringContaining('INVALID_ARGUMENTS: "ok" is no reason'),
      expect.stringContaining('SIGNATURE_REFUSED: production has no approvals, so nobody may override there'),
    ]);
  });

  test('cannot excuse a weaker policy', async () => {
    const answer = await attack(
      () =>
        pocket.configure(({ environments }) => {
          environments.staging.gate.unit = '>= 1%';
        }),
      () => refusal(override(keys.sam, { requirement: 'policy' })),
    );
    expect(answer).toContain('"policy" cannot be overridden');
  });

  test('counts in sight of everybody, for this commit, environment and policy only, and only as it was signed', async () => {
    await agent.call('evaluateGate', { environment: 'staging' });
    expect(await override(keys.sam)).toMatchObject({ by: 'sam@pocket.example', role: 'stakeholder' });
    const { data, text } = await agent.call('evaluateGate', { environment: 'staging', run: 'none' });
    expect(data.requirements[0]).toMatchObject({
      verdict: 'pass',
      observed: 'overridden by sam@pocket.example: 0 of 1 passed (0%)',
      override: { by: 'sam@pocket.example', role: 'stakeholder', reason },
    });
    expect(text.split('\n')[1]).toMatch(
      /^OVERRIDDEN unit, by sam@pocket\.example as stakeholder until .*: 0 of 1 passed/,
    );
    const { data: audit } = await agent.call('getAudit', { limit: 1 });
    expect(audit.entries[0].detail.requirements[0]).toMatchObject({ override: { by: 'sam@pocket.example' } });

    expect((await requirement('unit', 'production')).verdict).toBe('fail'); // another environment
    const stricter = () =>
      pocket.configure(({ checks }) => {
        checks.unit.timeout = '1m';
      });
    expect(await attack(stricter, () => requirement('unit'))).toMatchObject({ verdict: 'inconclusive' }); // another policy
    const unlisted = async () => fs.writeFile(path.join(pocket.dir, '.approvers'), await lineOf('ada'));
    expect((await attack(unlisted, () => requirement('unit'))).verdict).toBe('fail'); // Sam has no say any more

    const first = await pocket.git('rev-parse', 'HEAD');
    const edited = async (sql: string, name = 'unit') => {
      const database = new Database(path.join(pocket.dir, '.devops/state.db'));
      const before = database.prepare('select * from overrides').all([]) as Record<string, unknown>[];
      database.exec(sql);
      try {
        return await requirement(name);
      } finally {
        database.exec('delete from overrides');
        for (const row of before) {
          database
            .prepare(
              `insert into overrides values (${Object.keys(row)
                .map(() => '?')
                .join()})`,
            )
            .run(Object.values(row));
        }
        database.close();
      }
    };
    expect(
      await edited(`update overrides set statement = replace(statement, '"until":"', '"until":"2')`),
    ).toMatchObject({ verdict: 'fail' });
    expect(
      await edited(`update overrides set statement = replace(statement, 'broken', 'slow')`),
    ).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('not the one that was signed') });
    expect(await edited(`update overrides set approver = 'rita@pocket.example'`)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining("the signature is sam@pocket.example's"),
    });

    const renamed = await edited(`update overrides set requirement = 'review'`, 'review');
    expect(renamed.reason).toContain('signed for another requirement');
    expect(renamed.verdict).toBe('inconclusive');

    const second = await pocket.commit({}, 'another commit');
    const moved = await edited(`update overrides set commit_sha = '${second}'`);
    expect(moved.reason).toContain('signed for another commit');
    expect(moved.verdict).toBe('inconclusive');
    expect((await requirement('unit')).verdict).toBe('inconclusive');
    expect((await requirement('unit', 'staging', first)).verdict).toBe('pass');
  });

  test('ends', async () => {
    const { until } = await override(keys.sam, { aheadMs: 800 });
    await new Promise((resolve) => setTimeout(resolve, Date.parse(until) - Date.now() + 50));
    expect(await requirement('unit')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('it ended at'),
    });
  });
});

describe('what was signed elsewhere', () => {
  const hourMs = 60 * 60_000;
  const reason = 'The runner of the tests is broken, the release is not.';
  const signedBy = async (name: keyof typeof keys, statement: string, namespace: string) => ({
    signed: { statement, signature: await signStatement({ statement, keyFile: keys[name], namespace }) },
    caller: person,
  });
  const earlier = (text: string) =>
    text.replace(/"at":"[^"]*"/, `"at":"${new Date(Date.now() - 2 * hourMs).toISOString()}"`);

  test('of a policy counts once, for just what was printed, by whom the approved policy lists', async () => {
    const [before, beforeThat] = [await pocket.read('devops.yaml'), await app.project()];
    await pocket.configure(({ checks, environments }) => {
      checks.unit.timeout = '3m';
      environments.staging.gate.unit = '>= 90%';
    });
    const project = await app.project();
    const question = await policyQuestion(project, person);
    const text = policyTextToSign(project, question, { decision: 'approve' });
    const answer = async (name: keyof typeof keys, statement: string, namespace = policyNamespace) =>
      answerPolicy(project, question, await signedBy(name, statement, namespace));
    const other = (from: RegExp, to: string) => answer('sam', text.replace(from, to));
    const refusals = [
      await refusal(answer('agent', text)),
      await refusal(answer('rita', text)),
      await refusal(answer('sam', text, overrideNamespace)),
      await refusal(answer('sam', earlier(text))),
      await refusal(answer('sam', 'yes\n')),
      await refusal(other(/"weakenings":\[.*?\]/, '"weakenings":[]')),
      await refusal(other(/"number":\d+/, '"number":1')),
      await refusal(other(/"to":"[^"]*"/, '"to":"sha256:aa"')),
      await refusal(other(/"from":"[^"]*"/, '"from":"sha256:aa"')),
      await refusal(other(/"project":"[^"]*"/, '"project":"another"')),
      await refusal(answerPolicy(beforeThat, question, await signedBy('sam', text, policyNamespace))),
    ];
    expect(refusals).toEqual([
      expect.stringContaining('its key is unknown there'),
      expect.stringContaining('stakeholder: '),
      expect.stringContaining('it was made for another namespace than devops-engineer-policy'),
      expect.stringMatching(/SIGNATURE_REFUSED: the statement is of .*, and counts for an hour/),
      expect.stringContaining('what was signed is no statement about a policy'),
      expect.stringContaining('what was signed is about another list of what it demands less'),
      expect.stringContaining('what was signed is about another number'),
      expect.stringContaining('what was signed is about another policy in force'),
      expect.stringContaining('what was signed is about another approved policy'),
      expect.stringContaining('what was signed is about another project'),
      expect.stringMatching(/NO_CHANGE|another policy in force/),
    ]);
    const edited = await signedBy('sam', text, policyNamespace);
    edited.signed.statement = policyTextToSign(project, question, { decision: 'approve', reason: 'x' });
    expect(await refusal(answerPolicy(project, question, edited))).toContain(
      'the statement is not the one that was signed',
    );
    expect(await answer('sam', text)).toMatchObject({ level: 'signed', approver: 'sam@pocket.example' });
    expect(await policy()).toMatchObject({ verdict: 'pass', observed: 'as approved' });
    // The agent kept it, and uses it once people have gone back.
    await fs.writeFile(path.join(pocket.dir, 'devops.yaml'), before);
    await approvePolicy(keys.sam);
    await pocket.configure(({ checks, environments }) => {
      checks.unit.timeout = '3m';
      environments.staging.gate.unit = '>= 90%';
    });
    const again = await app.project();
    const kept = await signedBy('sam', text, policyNamespace);
    expect(await refusal(answerPolicy(again, await policyQuestion(again, person), kept))).toMatch(
      /what was signed is about another number/,
    );
    await fs.writeFile(path.join(pocket.dir, 'devops.yaml'), before);
  });

  test('of an override counts once, and only where it was signed for', async () => {
    await agent.call('evaluateGate', { environment: 'staging' });
    const project = await app.project();
    const asked = { environment: 'staging', requirement: 'unit', ref: 'HEAD', caller: person };
    const question = await overrideQuestion(project, asked);
    const text = overrideTextToSign(project, question, { reason, until: new Date(Date.now() + hourMs) });
    const answer = async (name: keyof typeof keys, statement: string, namespace = overrideNamespace) =>
      recordOverride(project, question, await signedBy(name, statement, namespace));
    const other = (from: RegExp, to: string) => answer('sam', text.replace(from, to));
    const refusals = [
      await refusal(answer('agent', text)),
      await refusal(answer('ada', text)),
      await refusal(answer('sam', text, policyNamespace)),
      await refusal(answer('sam', earlier(text))),
      await refusal(other(/"commit":"[^"]*"/, `"commit":"${'0'.repeat(40)}"`)),
      await refusal(other(/"environment":"[^"]*"/, '"environment":"production"')),
      await refusal(other(/"requirement":"[^"]*"/, '"requirement":"review"')),
      await refusal(other(/"until":"[^"]*"/, '"until":"2999-01-01T00:00:00.000Z"')),
      await refusal(other(/"reason":"[^"]*"/, '"reason":"ok"')),
      await refusal(other(/"nonce":"[^"]*"/, '"nonce":"../../x"')),
    ];
    expect(refusals).toEqual([
      expect.stringContaining('its key is unknown there'),
      expect.stringContaining('ada@pocket.example wrote the commit'),
      expect.stringContaining('it was made for another namespace'),
      expect.stringContaining('counts for an hour'),
      expect.stringContaining('what was signed is about another commit'),
      expect.stringContaining('what was signed is about another environment'),
      expect.stringContaining('what was signed is about another requirement'),
      expect.stringContaining('an override ends in the future, at most 7 days ahead'),
      expect.stringContaining('is no reason'),
      expect.stringContaining('what was signed is no statement about an override'),
    ]);
    expect(await answer('sam', text)).toMatchObject({ by: 'sam@pocket.example', reason });
    expect(await refusal(answer('sam', text))).toContain('REQUEST_CLOSED: this very statement was recorded');
    expect((await requirement('unit')).verdict).toBe('pass');
  });
});
