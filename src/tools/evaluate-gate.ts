import * as z from 'zod';
import { evaluateGate as evaluate } from '../gates/gates.ts';
import { defineTool } from './define.ts';
import { cut, fence } from './text.ts';

export const overrideShape = z.object({
  by: z.string(),
  role: z.string(),
  reason: z.string(),
  until: z.string(),
});

export const requirementShape = z.object({
  name: z.string(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  required: z.string(),
  observed: z.string(),
  evidenceId: z.string().optional(),
  reason: z.string(),
  remedy: z.string().optional(),
  override: overrideShape.optional(),
});

/** A requirement that a person decided not to count. */
export interface Overridden {
  name: string;
  observed?: string;
  override: z.output<typeof overrideShape>;
}

/** Nobody may miss that something was not proven: these are among the first lines of whatever rests on it. */
export function overrideLines(overridden: readonly Overridden[]): string[] {
  if (overridden.length === 0) return [];
  return [
    ...overridden.map(
      ({ name, observed = 'not judged yet', override: { by, role, until } }) =>
        `OVERRIDDEN ${name}, by ${by} as ${role} until ${until}: ${observed.replace(`overridden by ${by}: `, '')}`,
    ),
    fence(
      'override reasons',
      overridden.map(({ name, override }) => `${name}: ${override.reason}`).join('\n'),
    ),
  ];
}

export function overriddenOf(requirements: readonly z.output<typeof requirementShape>[]): Overridden[] {
  return requirements.flatMap((one) =>
    one.override ? [{ name: one.name, observed: one.observed, override: one.override }] : [],
  );
}

const maxReasonLength = 500;

/** What a gate set in motion. */
export const followedShape = {
  fixTasks: z.array(z.string()).optional(),
  /** Task of the Product-Manager, who weighs the risk of what failed. */
  escalation: z.string().optional(),
  notices: z.array(z.string()).optional(),
};

export function followedLines({
  fixTasks = [],
  escalation,
  notices = [],
}: {
  fixTasks?: string[] | undefined;
  escalation?: string | undefined;
  notices?: string[] | undefined;
}): string[] {
  return [
    ...(fixTasks.length > 0 ? [`Fix tasks: ${fixTasks.join(', ')}`] : []),
    ...(escalation === undefined ? [] : [`Escalated to Product-Manager: ${escalation}`]),
    ...(notices.length > 0 ? [fence('notices', notices.join('\n'))] : []),
  ];
}

export const evaluateGate = defineTool({
  name: 'evaluateGate',
  title: 'Evaluate a quality gate',
  effect: 'record',
  description:
    'Proves whether a commit may enter an environment: the server runs the checks itself. Verdict "running": call again to join.',
  input: z.strictObject({
    environment: z.string(),
    ref: z.string().default('HEAD'),
    run: z.enum(['missing', 'all', 'none']).default('missing'),
    waitSeconds: z.number().min(0).max(600).default(50),
  }),
  output: z.object({
    gateId: z.string(),
    environment: z.string(),
    commit: z.string(),
    artifact: z.string().optional(),
    verdict: z.enum(['pass', 'fail', 'inconclusive', 'running']),
    requirements: z.array(requirementShape),
    running: z.string().optional(),
    expiresAt: z.string().optional(),
    policyDigest: z.string(),
    ...followedShape,
  }),
  async run({ environment, ref, run, waitSeconds }, context) {
    const project = await context.project();
    const result = await evaluate(project, {
      environment,
      ref,
      run,
      waitMs: waitSeconds * 1_000,
      caller: context.caller,
      signal: context.signal,
      onProgress: (message) => context.progress(message),
    });
    return {
      ...result,
      requirements: result.requirements.map((one) => ({ ...one, reason: cut(one.reason, maxReasonLength) })),
    };
  },
  render({ gateId, environment, commit, verdict, requirements, running, ...followed }) {
    const head = `${environment} gate for ${commit.slice(0, 12)}: ${verdict} (${gateId})`;
    if (verdict === 'running') return `${head}\n${running ?? 'starting'}; call evaluateGate again to join.`;
    const passed = requirements
      .filter((one) => one.verdict === 'pass' && !one.override)
      .map(({ name, observed }) => `${name} (${observed})`);
    const open = requirements.filter((one) => one.verdict !== 'pass');
    return [
      head,
      ...overrideLines(overriddenOf(requirements)),
      ...open.map(
        ({ name, verdict: one, required, observed, evidenceId, remedy }) =>
          `- ${name}: ${one}; required ${required}; observed ${observed}${evidenceId ? ` (${evidenceId})` : ''}.${remedy ? ` Remedy: ${remedy}` : ''}`,
      ),
      ...(open.length > 0
        ? [fence('reasons', open.map(({ name, reason }) => `${name}: ${reason}`).join('\n'))]
        : []),
      ...(passed.length > 0 ? [`Passed: ${passed.join(', ')}`] : []),
      ...followedLines(followed),
    ].join('\n');
  },
});
