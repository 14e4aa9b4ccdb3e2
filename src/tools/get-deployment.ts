import * as z from 'zod';
import { collectAnswers } from '../approvals/human-answers.ts';
import { adoptOrphans } from '../deployments/adoption.ts';
import { followDeployment } from '../deployments/follow.ts';
import { deploymentStates } from '../deployments/states.ts';
import { deploymentLog, latestDeployment, viewDeployment } from '../deployments/view.ts';
import { DevopsError } from '../errors.ts';
import { defineTool } from './define.ts';
import { failureLines, failureShape, overriddenShape, runbookShape } from './deployment-shape.ts';
import { followedLines, followedShape, overrideLines } from './evaluate-gate.ts';
import { answerLines, answerShape, shownAnswer } from './human-answers.ts';
import { cut, fence } from './text.ts';

const maxLineLength = 300;

export const getDeployment = defineTool({
  name: 'getDeployment',
  title: 'Get a deployment',
  effect: 'read',
  description:
    'State, steps and log of a deployment, by id or the latest of an environment. waitSeconds follows it.',
  input: z.strictObject({
    deploymentId: z.string().optional(),
    environment: z.string().optional(),
    waitSeconds: z.number().min(0).max(600).default(0),
    log: z
      .strictObject({ lines: z.int().min(1).max(200).default(20), match: z.string().optional() })
      .optional(),
  }),
  output: z.object({
    deployment: z.object({
      id: z.string(),
      environment: z.string(),
      state: z.enum(deploymentStates),
      commit: z.string(),
      version: z.string(),
      artifact: z.string().optional(),
      runbook: runbookShape.optional(),
      steps: z.array(z.object({ name: z.string(), state: z.string(), durationMs: z.number().optional() })),
      startedAt: z.string().optional(),
      finishedAt: z.string().optional(),
      servedVersion: z.string().optional(),
      rollbackOf: z.string().optional(),
      approvalRequest: z.string().optional(),
      approvalStatus: z.string().optional(),
      humanAnswers: z.array(answerShape).optional(),
      overrides: z.array(overriddenShape).optional(),
      failure: failureShape.optional(),
      ...followedShape,
    }),
    log: z.object({ lines: z.array(z.string()), truncated: z.boolean() }).optional(),
  }),
  async run({ deploymentId, environment, waitSeconds, log }, context) {
    const project = await context.project();
    await adoptOrphans(project);
    if (deploymentId === undefined && environment === undefined) {
      throw new DevopsError('INVALID_ARGUMENTS', 'names neither deploymentId nor environment', {
        remedy: 'Give the deploymentId that deploy returned, or an environment for its latest deployment.',
      });
    }
    const id = deploymentId ?? (await latestDeployment(project, environment ?? ''));
    await followDeployment(project, id, {
      waitMs: waitSeconds * 1_000,
      signal: context.signal,
      onStep: (message) => context.progress(message),
    });
    await collectAnswers(project).catch(() => undefined); // the file may be out of reach, the deployment is not
    const { approval, overrides, humanAnswers, ...deployment } = await viewDeployment(project, id);
    const excerpt = log && (await deploymentLog(project, id, log));
    return {
      deployment: {
        ...deployment,
        approvalRequest: approval?.requestId,
        approvalStatus: approval?.status,
        ...(humanAnswers.length > 0 && { humanAnswers: humanAnswers.map(shownAnswer) }),
        ...(overrides.length > 0 && { overrides }),
      },
      log: excerpt && { ...excerpt, lines: excerpt.lines.map((line) => cut(line, maxLineLength)) },
    };
  },
  render({ deployment, log }) {
    const { id, environment, state, version, servedVersion, steps, failure } = deployment;
    const parts = [
      `${id}: ${deployment.runbook ? `runbook ${deployment.runbook.name} on` : `${version} to`} ${environment}: ${state}${servedVersion ? `, serving ${servedVersion}` : ''}`,
      ...overrideLines(deployment.overrides ?? []),
      `Steps: ${steps.map(({ name, state: one, durationMs }) => `${name} ${one === 'done' ? `${durationMs} ms` : one}`).join(', ') || 'none yet'}`,
    ];
    if (failure) parts.push(...failureLines(failure));
    if (state === 'waitingForApproval' && deployment.approvalRequest !== undefined)
      parts.push(`Waits for people: a person runs "devops-engineer approve ${deployment.approvalRequest}".`);
    parts.push(...answerLines(deployment.humanAnswers ?? []), ...followedLines(deployment));
    if (log) parts.push(fence(log.truncated ? 'log, last lines' : 'log', log.lines.join('\n')));
    return parts.join('\n');
  },
});
