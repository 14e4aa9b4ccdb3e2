import { hasMailAddress } from '../approvals/separation.ts';
import { troubleWithSigning } from '../audit/anchoring-trouble.ts';
import { asDevopsError } from '../errors.ts';
import { policy } from '../gates/checks/policy.ts';
import { exists, path, readTextIfExists } from '../platform/files.ts';
import { readPublicKey } from '../platform/public-keys.ts';
import type { Project } from '../project.ts';
import { environmentOf } from '../project.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { print, printJson } from './output.ts';

interface Problem {
  where: string;
  what: string;
  remedy: string;
}

/** Validates the configuration and what its environments need here. @returns 0 when all is well, 2 when not */
export async function check(options: GlobalOptions): Promise<number> {
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    if (project.configFile === undefined) environmentOf(project, ''); // says that there is none, and what to do
    const problems = [
      ...(await repositoryProblems(project)),
      ...(await taskProblems(project)),
      ...(await approverProblems(project)),
      ...(await producerProblems(project)),
      ...(await policyProblems(project)),
      ...(await auditProblems(project)),
    ];
    for (const name of Object.keys(project.config.environments)) {
      for (const { what, remedy } of await project.target(name).problems()) {
        problems.push({ where: `environments.${name}.target`, what, remedy });
      }
    }
    if (options.json) printJson({ problems, policyDigest: project.policyDigest });
    else if (problems.length === 0) {
      print(
        `${project.configFile} is valid and everything it needs is here (policy ${project.policyDigest.slice(0, 19)}).`,
      );
    } else for (const { where, what, remedy } of problems) print(`${where}: ${what}\n  Remedy: ${remedy}`);
    return problems.length === 0 ? 0 : 2;
  } finally {
    await app.close();
  }
}

async function problemOf(where: string, run: () => Promise<unknown>): Promise<Problem[]> {
  try {
    await run();
    return [];
  } catch (thrown) {
    const { message, remedy } = asDevopsError(thrown);
    return [{ where, what: message, remedy }];
  }
}

async function repositoryProblems(project: Project): Promise<Problem[]> {
  return problemOf('repository', async () => (await project.repository()).resolve('HEAD'));
}

async function taskProblems(project: Project): Promise<Problem[]> {
  return problemOf('tasks', () => project.tasks.filter({ limit: 1 }));
}

/** Says before any gate does where the policy demands less than the approved one. */
async function policyProblems(project: Project): Promise<Problem[]> {
  if (!(await exists(path.join(project.stateDir, 'state.db')))) return []; // none was ever approved
  const { verdict, observed, reason, remedy = '' } = await policy.prove(project);
  return verdict === 'pass' ? [] : [{ where: 'policy', what: `${observed}. ${reason}`, remedy }];
}

/** Whoever is not known by a mail address cannot be told from the authors of commits, so their word would not count. */
function namelessSigners(where: string, file: string, text: string): Problem[] {
  return text.split('\n').flatMap((line, index) => {
    const [names = ''] = line.trim().split(/\s+/);
    if (names === '' || names.startsWith('#')) return [];
    if (hasMailAddress(names.replaceAll('"', '').split(','))) return [];
    return {
      where,
      what: `line ${index + 1} of ${file} begins with ${JSON.stringify(names)}, which is no mail address: what is signed with its key does not count`,
      remedy: 'Write the mail address there that git has for the commits of this person.',
    };
  });
}

/** Deployments go on where the trail cannot be anchored, so nothing else says it before they do. */
async function auditProblems(project: Project): Promise<Problem[]> {
  const trouble = await troubleWithSigning(project);
  return trouble ? [{ where: 'audit', ...trouble }] : [];
}

async function approverProblems({ dir, config }: Project): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [role, { allowedSigners }] of Object.entries(config.approvers)) {
    const text = await readTextIfExists(path.resolve(dir, allowedSigners));
    if (text !== undefined) {
      problems.push(...namelessSigners(`approvers.${role}`, allowedSigners, text));
      continue;
    }
    problems.push({
      where: `approvers.${role}`,
      what: `there is no ${allowedSigners}, so nobody can sign`,
      remedy: `Write one line per person: NAME@EXAMPLE.ORG followed by their public SSH key (ssh-keygen(1), ALLOWED SIGNERS).`,
    });
  }
  return problems;
}

async function producerProblems({ dir, config }: Project): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [name, producer] of Object.entries(config.producers)) {
    const file = producer.allowedSigners ?? producer.publicKey ?? '';
    const text = await readTextIfExists(path.resolve(dir, file));
    const where = `producers.${name}`;
    if (text === undefined) {
      problems.push({
        where,
        what: `there is no ${file}, so no statement counts`,
        remedy: 'Put the public key of the build system there; docs/ci-evidence.md shows how.',
      });
    } else if (producer.publicKey !== undefined) {
      problems.push(...(await problemOf(where, async () => readPublicKey(text))));
    }
  }
  return problems;
}
