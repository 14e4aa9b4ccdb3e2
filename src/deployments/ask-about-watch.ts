import { fileHumanRequest, resolveHumanRequest } from '../approvals/requests.ts';
import { readHumanRequests } from '../approvals/requests-file.ts';
import { formatDuration } from '../config/values.ts';
import { asDevopsError } from '../errors.ts';
import type { Caller } from '../project.ts';
import type { Effects } from './effects.ts';
import { deploymentById } from './records.ts';

/** The question to people when a watch saw too little: asked once for a watch, also by a runner that takes over. */

/** @returns the id of the request; empty where none could be made */
export async function askPeople(
  { project, deploymentId, release, policy, call }: Effects,
  { subject, unproven }: { subject: string; unproven: string },
): Promise<string> {
  call.log(`paused: ${unproven}`);
  const { environment, commit } = release;
  const title = `${environment}: too little was seen to judge ${subject}`;
  try {
    const asked = (await readHumanRequests(project)).find(
      (one) => one.title === title && one.text.includes(deploymentId),
    );
    if (asked) return asked.id;
    const { caller } = await deploymentById(project, deploymentId);
    const cancel = `devops-engineer call cancelDeployment '{"deploymentId":"${deploymentId}","reason":"…"}'`;
    const goOn = policy.approvals
      ? ` To go on all the same: "devops-engineer override ${environment} analysis --ref ${commit} --until 1h --reason … --key …".`
      : '';
    const { requestId } = await fileHumanRequest(project, JSON.parse(caller) as Caller, {
      kind: 'decision',
      title,
      description:
        `Of deployment ${deploymentId}: ${unproven}. It waits for another ${formatDuration(policy.strategy.patience)}, goes on by itself once enough was seen, and else back.` +
        `${goOn} To end it: "${cancel}".`,
      priority: 'high',
      deploymentId,
    });
    return requestId;
  } catch (error) {
    call.log(`nobody could be asked: ${asDevopsError(error).message}`);
    return '';
  }
}

/** Nobody need answer any more. */
export async function settle({ project, call }: Effects, question: string, subject: string): Promise<void> {
  await resolveHumanRequest(project, question, `The watch of ${subject} has ended.`).catch((error: Error) =>
    call.log(`${question} stays open: ${error.message}`),
  );
}
