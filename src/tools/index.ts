import { boardTools } from './board-tools.ts';
import { cancelDeployment } from './cancel-deployment.ts';
import { checkHealth } from './check-health.ts';
import { createFixTask } from './create-fix-task.ts';
import type { Tool } from './define.ts';
import { deploy } from './deploy.ts';
import { evaluateGate } from './evaluate-gate.ts';
import { getAudit } from './get-audit.ts';
import { getDeployment } from './get-deployment.ts';
import { reportMetrics } from './report-metrics.ts';
import { requestHuman } from './request-human.ts';
import { rollback } from './rollback.ts';
import { runRunbook } from './run-runbook.ts';
import { scaleService } from './scale-service.ts';
import { updateDocument } from './update-document.ts';

/** Every tool, in the order of a release: find the work, prove, deploy, watch, bring back, tell. */
export const tools: readonly Tool[] = [
  ...boardTools,
  createFixTask,
  evaluateGate,
  deploy,
  getDeployment,
  rollback,
  runRunbook,
  scaleService,
  cancelDeployment,
  checkHealth,
  requestHuman,
  updateDocument,
  reportMetrics,
  getAudit,
];

export function findTool(name: string): Tool | undefined {
  return tools.find((tool) => tool.name === name);
}
