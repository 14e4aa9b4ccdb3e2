import { cleanLine, cleanText } from '../../evidence/untrusted.ts';
import { agents } from '../../operations/agents.ts';
import type { Culprit, RequirementResult } from '../types.ts';
import type { GateFacts, Repair } from './repair.ts';

/**
 * Tasks for what a report found wrong: one for each test, finding or metric, the first few by themselves and all others
 * together. Names and messages are words of others; they are cleaned, and whoever shows a task fences them. Pure.
 */

const tasksPerCheck = 5;
const othersNamed = 20;
const longestTitle = 160;

export function repairsOf(
  gate: GateFacts,
  requirement: RequirementResult,
  culprits: readonly Culprit[],
): Repair[] {
  const { name: check } = requirement;
  const failures = distinct(culprits);
  const common = { check, agent: agents.coder, type: 'urgent_fix' };
  const head = headOf(gate, requirement);
  if (failures.length === 0) {
    return [
      {
        ...common,
        title: titleOf(`${check} fails the ${gate.environment} gate`),
        description: [head, cleanText(requirement.reason)].join('\n'),
        cause: { gate: gate.environment, check },
      },
    ];
  }
  // One more than that needs no task for "the others".
  const own = failures.length === tasksPerCheck + 1 ? failures : failures.slice(0, tasksPerCheck);
  const others = failures.slice(own.length);
  const repairs = own.map(
    ({ title, lines, cause }): Repair => ({
      ...common,
      title: titleOf(`${title} (${check}, ${gate.environment} gate)`),
      description: [head, ...lines].join('\n'),
      cause: { gate: gate.environment, check, ...cause },
    }),
  );
  if (others.length > 0) {
    repairs.push({
      ...common,
      title: titleOf(`${others.length} more failures of ${check} (${gate.environment} gate)`),
      description: [head, ...namesOf(others)].join('\n'),
      cause: { gate: gate.environment, check, others: 'all' },
    });
  }
  return repairs;
}

/** Where a failure comes from and when it is mended. */
export function headOf({ gateId, environment, commit }: GateFacts, requirement: RequirementResult): string {
  const { name, required, observed, evidenceId } = requirement;
  const evidence = evidenceId === undefined ? '' : `, evidence ${evidenceId}`;
  return `${gateId} for ${environment} at commit ${commit.slice(0, 12)}: ${name} requires ${required}, observed ${observed}${evidence}. Done when evaluateGate ${environment} passes ${name} for a new commit.`;
}

export function titleOf(text: string): string {
  const line = cleanLine(`FIX: ${text}`);
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle - 1)}…`;
}

interface Failure {
  title: string;
  lines: string[];
  cause: Record<string, string>;
}

/** Each failure once: a test that runs with many parameters, or a rule that is broken in many places, is one. */
function distinct(culprits: readonly Culprit[]): Failure[] {
  const byCause = new Map<string, Failure>();
  for (const culprit of culprits) {
    const failure = failureOf(culprit);
    const key = JSON.stringify(failure.cause);
    const known = byCause.get(key);
    if (!known) byCause.set(key, failure);
    else known.lines.push(...failure.lines.filter((line) => !known.lines.includes(line)).slice(0, 1));
  }
  return [...byCause.values()];
}

function failureOf(culprit: Culprit): Failure {
  if (culprit.kind === 'test') {
    const { name, file, message } = culprit;
    return {
      title: `test fails: ${name}`,
      lines: [
        ...(message === undefined ? [] : [`Message: ${cleanText(message)}`]),
        `Test: ${cleanLine(name)}`,
        ...(file === undefined ? [] : [`File: ${cleanLine(file)}`]),
      ],
      cause: { test: cleanLine(name), ...(file !== undefined && { file: cleanLine(file) }) },
    };
  }
  if (culprit.kind === 'finding') {
    const { rule, severity, package: inPackage, place, fix } = culprit;
    return {
      title: `${severity} ${rule}${inPackage ? ` in ${inPackage}` : ''}`,
      lines: [
        ...(place === undefined ? [] : [`Place: ${cleanLine(place)}`]),
        `Rule: ${cleanLine(rule)}, severity ${severity}`,
        ...(inPackage === undefined ? [] : [`Package: ${cleanLine(inPackage)}`]),
        ...(fix === undefined ? [] : [`Fix: ${cleanLine(fix)}`]),
      ],
      cause: { rule: cleanLine(rule), ...(inPackage !== undefined && { package: cleanLine(inPackage) }) },
    };
  }
  const { name, message } = culprit;
  return {
    title: `${name} misses its limit`,
    lines: [cleanText(message)],
    cause: { metric: cleanLine(name) },
  };
}

function namesOf(failures: readonly Failure[]): string[] {
  const more = failures.length - othersNamed;
  return [
    ...failures.slice(0, othersNamed).map(({ title }) => `- ${cleanLine(title)}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
