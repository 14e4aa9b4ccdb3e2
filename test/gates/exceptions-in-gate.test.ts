import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openApp } from '../../src/app.ts';
import { subjectOf } from '../../src/gates/assess.ts';
import { evaluateGateHere } from '../../src/gates/gates.ts';
import { createPocket } from '../e2e/pocket.ts';

const sarif = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'scanner' } }, results: [{ ruleId: 'CVE-2026-1', level: 'error' }] }],
});
const dayMs = 24 * 60 * 60_000;
const day = (inDays: number) => new Date(Date.now() + inDays * dayMs).toISOString().slice(0, 10);

test('a gate passes on an exception of the policy or a statement of the commit, no longer than it counts', async () => {
  const pocket = await createPocket();
  const evaluate = async () => {
    const app = openApp({ projectDir: pocket.dir, serverEnvironment: pocket.environment });
    try {
      const project = await app.project();
      const subject = await subjectOf(project, 'staging', 'HEAD');
      const { requirements, expiresAt = '' } = await evaluateGateHere(project, subject, {
        caller: { kind: 'cli', user: 'test' },
        signal: new AbortController().signal,
      });
      return { scan: requirements.find(({ name }) => name === 'scan'), expiresAt };
    } finally {
      await app.close();
    }
  };
  const demand = (rest: object) =>
    pocket.configure((config) => {
      config.checks = { scan: { run: 'cat scan.sarif', report: { format: 'sarif' } } };
      config.approvers = { ...config.approvers, reviewer: { allowedSigners: '.reviewers' } };
      for (const environment of Object.values<Record<string, unknown>>(config.environments)) {
        environment.gate = {};
        environment.validate = [];
      }
      config.environments.staging.gate = { review: 'approved', scan: { maxSeverity: 'low', ...rest } };
    });
  try {
    await writeFile(path.join(pocket.dir, 'scan.sarif'), sarif);
    await pocket.commit({});
    await demand({});
    expect((await evaluate()).scan).toMatchObject({ verdict: 'fail', observed: '1 high' });

    const reason = 'Nothing here calls the vulnerable function.';
    await demand({ exceptions: [{ id: 'CVE-2026-1', reason, until: day(0) }] });
    const today = await evaluate();
    expect(today.scan).toMatchObject({
      verdict: 'pass',
      observed: `1 high; 1 of them excused: CVE-2026-1 until ${day(0)}`,
    });
    expect(today.scan).not.toHaveProperty('validUntil');
    expect(today.expiresAt).toBe(`${day(0)}T23:59:59.999Z`);

    await demand({ vex: ['security/vex.json'] });
    const missing = await evaluate();
    expect(missing.scan).toMatchObject({ verdict: 'fail' });
    expect(missing.scan?.reason).toContain('security/vex.json is no regular file');

    await mkdir(path.join(pocket.dir, 'security'));
    const statement = { vulnerability: { name: 'CVE-2026-1' }, products: ['pocket'], status: 'fixed' };
    const document = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      timestamp: new Date(Date.now() - dayMs).toISOString(),
      statements: [statement],
    };
    await writeFile(path.join(pocket.dir, 'security/vex.json'), JSON.stringify(document));
    expect((await evaluate()).scan).toMatchObject({ verdict: 'fail' }); // not committed
    await pocket.commit({ with: 'vex' });
    const excused = await evaluate();
    expect(excused.scan?.verdict).toBe('pass');
    expect(excused.scan?.reason).toContain('(security/vex.json: fixed)');
  } finally {
    await pocket.destroy();
  }
});
