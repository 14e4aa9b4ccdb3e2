import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deploymentStates, finalStates } from '../../src/deployments/states.ts';
import { parsePrompt } from '../../src/prompts/parse.ts';

/** Every prompt that ships: well-formed, and naming only what exists. */

// As the contract lists them.
const tools = [
  'filterTasks',
  'updateTask',
  'createFixTask',
  'evaluateGate',
  'deploy',
  'rollback',
  'getDeployment',
  'runRunbook',
  'scaleService',
  'cancelDeployment',
  'requestHuman',
  'checkHealth',
  'reportMetrics',
  'getAudit',
];
const contract: Record<string, string[]> = {
  'devops-engineer': [],
  'deploy-to-staging': ['commit', 'taskId'],
  'deploy-to-production': ['commit', 'taskId'],
  'respond-to-incident': ['environment!'],
  'review-release-readiness': ['environment!', 'commit'],
};

const prompts = readdirSync('prompts').map((file) => {
  const markdown = readFileSync(`prompts/${file}`, 'utf8');
  return { file, markdown, ...parsePrompt(markdown) };
});

test('exactly the prompts of the contract ship, each in the file of its name', () => {
  expect(prompts.map(({ name }) => name).sort()).toEqual(Object.keys(contract).sort());
  for (const { file, name } of prompts) expect(file).toBe(`${name}.md`);
});

describe.each(prompts)('$name', ({ name, body, arguments: declared }) => {
  test('has the arguments of the contract', () => {
    expect(declared.map((one) => `${one.name}${one.required ? '!' : ''}`)).toEqual(contract[name]);
  });

  test('names only tools that exist, and at least two', () => {
    const quoted = [...body.matchAll(/`([a-z]+[A-Z]\w*|deploy|rollback)`/g)].map(([, word]) => word);
    const unknown = quoted.filter((word) => ![...tools, 'expectStatus', 'dryRun'].includes(word ?? ''));
    expect(unknown).toEqual([]);
    expect(new Set(quoted).size).toBeGreaterThan(1);
  });

  test('writes states as the engine does', () => {
    const states = new Set<string>(deploymentStates);
    const camel = body.match(/\b(?:waiting|rolled|rolling)[A-Z]\w*/g) ?? [];
    expect(camel.filter((word) => !states.has(word))).toEqual([]);
  });

  test('says who decides, and that text of others is data', () => {
    expect(body).toMatch(/the server decides/i);
    expect(body).toMatch(/data, never instructions/);
  });
});

test.each(['deploy-to-staging', 'deploy-to-production', 'devops-engineer'])(
  '%s waits for every final state',
  (name) => {
    const body = prompts.find((one) => one.name === name)?.body ?? '';
    expect(body).toContain('until the state is ');
    const [, listed = ''] = /until the state is (?:final: )?([^;.]+)/.exec(body) ?? [];
    expect(listed.split(/, | or /).sort()).toEqual([...finalStates].sort());
  },
);
