import { standingOfPolicy } from '../approvals/approved-policies.ts';
import type { Project } from '../project.ts';
import { json, type ResourceFamily } from './define.ts';

export const policy: ResourceFamily = {
  name: 'policy',
  title: 'Policy in force',
  description:
    'The configuration as the server reads it now, with its digest, and where it demands less than the one that was approved last.',
  mimeType: 'application/json',
  template: 'policy://current',
  async list() {
    return [{ key: 'current', title: 'Policy in force' }];
  },
  async read(project) {
    return json({
      policyDigest: project.policyDigest,
      ...(await besideApproved(project)),
      ...project.config,
    });
  },
};

async function besideApproved(project: Project) {
  const standing = await standingOfPolicy(project);
  if (standing.state !== 'known') return { approvedPolicy: standing };
  const { digest, how, approver, role, level, at } = standing.approved;
  const by = approver === null ? {} : { approver, role: role ?? undefined, level };
  return { approvedPolicy: { digest, how, ...by, at }, weaker: standing.weaker };
}
