/** The life of a deployment, as data. Pure. */

export const deploymentStates = [
  'pending',
  'waitingForApproval',
  'running',
  'verifying',
  'baking',
  'deployed',
  'rollingBack',
  'rolledBack',
  'failed',
  'unknown',
  'cancelled',
] as const;

export type DeploymentState = (typeof deploymentStates)[number];

/** Which state may follow which. `deployed` may still be left: a later rollback takes the release back. */
export const transitions: Record<DeploymentState, readonly DeploymentState[]> = {
  pending: ['waitingForApproval', 'running', 'failed', 'cancelled'],
  waitingForApproval: ['running', 'failed', 'cancelled'],
  running: ['verifying', 'rollingBack', 'failed', 'unknown', 'cancelled'],
  verifying: ['baking', 'deployed', 'rollingBack', 'failed', 'unknown'],
  baking: ['deployed', 'rollingBack', 'unknown'],
  deployed: ['rolledBack'],
  rollingBack: ['rolledBack', 'failed', 'unknown'],
  rolledBack: [],
  failed: [],
  unknown: ['rolledBack', 'failed', 'deployed'],
  cancelled: [],
};

/** States in which a runner is, or should be, at work. */
export const activeStates: readonly DeploymentState[] = [
  'pending',
  'running',
  'verifying',
  'baking',
  'rollingBack',
];

/** States that nothing but a person or a later deployment changes. */
export const finalStates: readonly DeploymentState[] = [
  'deployed',
  'rolledBack',
  'failed',
  'unknown',
  'cancelled',
];

export function isFinal(state: DeploymentState): boolean {
  return finalStates.includes(state);
}

/** @throws Error for a step the table does not know: a bug, never a matter of input */
export function assertTransition(from: DeploymentState, to: DeploymentState): void {
  if (from !== to && !transitions[from].includes(to))
    throw new Error(`a deployment cannot go from ${from} to ${to}`);
}
