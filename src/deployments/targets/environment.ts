/** The variables that configured commands get, as the contract names them. Pure. */

export interface DeploymentVariables {
  environment: string;
  commit?: string;
  version?: string;
  artifact?: { digest: string; path: string };
  deploymentId?: string;
  /** Fencing number. */
  release?: number;
  previousVersion?: string;
  /** Where the environment answers. */
  targetUrl?: string;
}

/** Leaves out what is not known: a missing variable is honest, an empty one is not. */
export function deploymentVariables(facts: DeploymentVariables): Record<string, string> {
  const variables: Record<string, string | undefined> = {
    DEVOPS_ENVIRONMENT: facts.environment,
    DEVOPS_COMMIT: facts.commit,
    DEVOPS_VERSION: facts.version,
    DEVOPS_ARTIFACT: facts.artifact?.path,
    DEVOPS_ARTIFACT_DIGEST: facts.artifact?.digest,
    DEVOPS_DEPLOYMENT_ID: facts.deploymentId,
    DEVOPS_RELEASE: facts.release?.toString(),
    DEVOPS_PREVIOUS_VERSION: facts.previousVersion,
    TARGET_URL: facts.targetUrl,
  };
  const known = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(known);
}

/** The same for where the artifact's file is not: its path is one of this machine, its digest means it anywhere. */
export function portableVariables(facts: DeploymentVariables): Record<string, string> {
  const { DEVOPS_ARTIFACT: _ofThisMachine, ...portable } = deploymentVariables(facts);
  return portable;
}
