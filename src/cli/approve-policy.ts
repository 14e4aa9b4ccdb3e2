import {
  type AnsweredPolicy,
  answerPolicy,
  type PolicyQuestion,
  policyQuestion,
  policyTextToSign,
} from '../approvals/approve-policy.ts';
import { namesOf } from '../approvals/approved-policies.ts';
import { readSignedElsewhere } from '../approvals/signed-elsewhere.ts';
import { sentenceOf } from '../config/weakening.ts';
import type { Redact } from '../operations/redaction/index.ts';
import { userName } from '../platform/self.ts';
import type { Caller, Project } from '../project.ts';
import { environmentOf } from '../project.ts';
import type { ApproveOptions } from './approve.ts';
import { openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';
import { printToSign, readGiven, standsInWhatWasSigned } from './signed-input.ts';

const caller: Caller = { kind: 'cli', user: userName };

/** Shows a person what changed in the policy and what it demands less, then records their answer. */
export async function approvePolicy(options: ApproveOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    if (project.configFile === undefined) environmentOf(project, ''); // says that there is none, and what to do
    const { redact } = project;
    const question = await policyQuestion(project, caller);
    const decided = {
      decision: options.reject ? ('reject' as const) : ('approve' as const),
      ...(options.reason !== undefined && { reason: options.reason }),
    };
    const description = redact(describeQuestion(project, question));
    if (options.statement) {
      printToSign(description, policyTextToSign(project, question, decided));
      return 0;
    }
    const signed =
      options.signature === undefined ? undefined : readSignedElsewhere(await readGiven(options.signature));
    if (signed && (options.reject || options.reason !== undefined)) throw standsInWhatWasSigned();
    if (!options.json) print(description);
    const answered = await answerPolicy(
      project,
      question,
      signed
        ? { signed, caller }
        : { ...decided, caller, ...(options.key !== undefined && { keyFile: options.key }) },
    );
    if (options.json) printJson({ ...answered, weaker: answered.weaker.map(redact) });
    else print(describeAnswer(answered, redact));
    return 0;
  } finally {
    await app.close();
  }
}

function describeQuestion({ policy }: Project, { approved, changes, roles }: PolicyQuestion): string {
  const weaker = changes.filter((change) => change.weaker);
  const others = changes.filter((change) => !change.weaker);
  const by =
    approved.how === 'firstUse' ? 'seen first, approved by nobody' : `approved by ${approved.approver}`;
  return [
    `Approved policy ${approved.digest}, ${by}, ${approved.at}`,
    `Policy in force ${policy.digest}`,
    `Who may answer: ${roles.length > 0 ? namesOf(roles) : 'anybody here, as nobody could sign'}`,
    weaker.length > 0 ? 'It demands less:' : 'It demands nothing less.',
    ...weaker.map((change) => `  ${sentenceOf(change)}`),
    ...(others.length > 0 ? ['What else changed:'] : []),
    ...others.map((change) => `  ${sentenceOf(change)}`),
    '',
  ].join('\n');
}

function describeAnswer({ decision, number, approver, role, level }: AnsweredPolicy, redact: Redact): string {
  const who = redact(`${approver}${role === undefined ? '' : ` as ${role}`}, ${level}`);
  if (decision === 'approve')
    return `Policy ${number} is approved by ${who}. Gates hold policies against it from now on.`;
  return `Rejected by ${who}. Where it demands less, gates fail until the change is undone.`;
}
