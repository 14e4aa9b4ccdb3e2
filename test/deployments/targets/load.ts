import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadResult {
  answers: Map<string, number>;
  failures: string[];
  requestsPerSecond: number;
  stop(): Promise<void>;
}

/**
 * Keeps `connections` kept-alive connections busy until it is stopped; every answer but 200 is a failure.
 * @param pauseMs between the requests of a connection, for a machine that has other work, too
 */
export function startLoad(url: string, connections: number, pauseMs = 0): LoadResult {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers = new Map<string, number>();
  const failures: string[] = [];
  const startedAt = performance.now();
  let running = true;
  const one = () =>
    new Promise<void>((resolve) => {
      const call = request(url, { agent }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('error', (error) => failures.push(error.message));
        answer.on('close', () => {
          if (answer.statusCode === 200 && answer.complete) answers.set(body, (answers.get(body) ?? 0) + 1);
          else failures.push(`${answer.statusCode} ${body}`);
          resolve();
        });
      });
      call.on('error', (error) => {
        failures.push(error.message);
        resolve();
      });
      call.end();
    });
  const workers = Array.from({ length: connections }, async () => {
    while (running) {
      await one();
      if (pauseMs > 0) await sleep(pauseMs);
    }
  });
  const result: LoadResult = {
    answers,
    failures,
    requestsPerSecond: 0,
    async stop() {
      running = false;
      await Promise.all(workers);
      agent.destroy();
      const total = [...answers.values()].reduce((sum, count) => sum + count, 0);
      result.requestsPerSecond = (total / (performance.now() - startedAt)) * 1_000;
    },
  };
  return result;
}
