/** What stands before each label of ours, in Docker as in Kubernetes. */
export const labelPrefix = 'io.github.devops-engineer-mcp';
