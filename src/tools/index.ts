import { cancelDeployment } from './cancel-deployment.ts';
import { checkHealth } from './check-health.ts';
import { createFixTask } from './create-fix-task.ts';
import type { Tool } from './define.ts';
import { deploy } from './deploy.ts';
import { evaluateGate } from './evaluate-gate.ts';
import { filterTasks } from './filter-tasks.ts';
import { getAudit } from './get-audit.ts';
import { getDeployment } from './get-deployment.ts';
import { reportMetrics } from './report-metrics.ts';
import { requestHuman } from './request-human.ts';
import { rollback } from './rollback.ts';
import { updateTask } from './update-task.ts';

/** Every tool, in the order of a release: find the work, prove, deploy, watch, bring back, tell. */
export const tools: readonly Tool[] = [
  filterTasks,
  updateTask,
  createFixTask,
  evaluateGate,
  deploy,
  getDeployment,
  rollback,
  cancelDeployment,
  checkHealth,
  requestHuman,
  reportMetrics,
  getAudit,
];
