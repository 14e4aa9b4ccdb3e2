import type { Agent } from './agent.ts';
import type { Narrator } from './narrator.ts';
import type { Scene } from './scene.ts';

/** Who and what is on the stage of the demo, and the parts of the server's answers that the story looks at. */

export interface Gate {
  gateId: string;
  verdict: string;
  requirements: { name: string; verdict: string; observed: string; reason: string }[];
  fixTasks?: string[];
  escalation?: string;
}
export interface Request {
  deploymentId: string;
  state: string;
  servedVersion?: string;
  approvalRequest?: { requestId: string };
}
export interface Deployment {
  deployment: Request & {
    id: string;
    failure?: { code: string; message: string };
    steps: { name: string; durationMs?: number }[];
  };
}
export interface LoadResult {
  requests: number;
  errors: number;
  p99Ms: number;
}
export type Load = (options: {
  url: string;
  durationMs: number;
  connections: number;
  customers: number;
  requestsPerSecond: number;
  signal: AbortSignal;
}) => Promise<LoadResult>;

export interface Stage {
  narrator: Narrator;
  scene: Scene;
  agent: Agent;
}
