import type { HealthConfig } from '../config/schema.ts';
import { sleep } from '../platform/clock.ts';
import { httpGet } from '../platform/http.ts';

/** Asking a service how it is and which version it serves. */

export interface Probe {
  healthy: boolean;
  status?: number;
  servedVersion?: string;
  durationMs?: number;
  /** Why it is not healthy. */
  problem?: string;
}

const probeTimeoutMs = 5_000;

/** One probe of the health endpoint. Never throws: no answer is an answer. */
export async function probe(baseUrl: string, health: Pick<HealthConfig, 'path' | 'version'>): Promise<Probe> {
  try {
    const { status, body, durationMs } = await httpGet(`${baseUrl}${health.path}`, probeTimeoutMs);
    const servedVersion = health.version === undefined ? undefined : readJsonPath(body, health.version);
    const healthy = status >= 200 && status < 300;
    return {
      healthy,
      status,
      durationMs,
      servedVersion,
      ...(!healthy && { problem: `${health.path} answered ${status}` }),
    };
  } catch (error) {
    return { healthy: false, problem: `${health.path}: ${(error as Error).message}` };
  }
}

/**
 * Reads `$.a.b` or `$.a[0]` from a JSON text.
 * @returns undefined where the text is no JSON or has no such value
 */
export function readJsonPath(json: string, jsonPath: string): string | undefined {
  try {
    let value: unknown = JSON.parse(json);
    for (const [, name, index] of jsonPath.matchAll(/\.([A-Za-z_$][\w$-]*)|\[(\d+)\]/g)) {
      const key = name ?? Number(index);
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string | number, unknown>)[key];
    }
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    return undefined;
  }
}

const shortestPrefix = 7;

/** Whether what a service reports names this release: the version itself, or a prefix of the commit of 7 or more. */
export function servesRelease(reported: string, release: { version: string; commit: string }): boolean {
  if (reported === release.version) return true;
  return reported.length >= shortestPrefix && release.commit.startsWith(reported);
}

export interface HealthyWait {
  baseUrl: string;
  health: HealthConfig;
  /** What must be served; where the health endpoint shows no version, `servedVersion` of the target is asked. */
  release: { version: string; commit: string };
  servedVersion?: () => Promise<string | undefined>;
  signal?: AbortSignal;
}

/**
 * Probes until the release was healthy `healthyAfter` times in a row.
 * @returns the version served, or why it did not become healthy in time
 */
export async function waitUntilHealthy(
  wait: HealthyWait,
): Promise<{ servedVersion: string } | { problem: string }> {
  const { baseUrl, health, release, signal } = wait;
  const deadline = performance.now() + health.timeout;
  let inARow = 0;
  let last = 'it was never probed';
  for (;;) {
    const seen = await probe(baseUrl, health);
    const served = seen.servedVersion ?? (seen.healthy ? await wait.servedVersion?.() : undefined);
    if (seen.healthy && served !== undefined && servesRelease(served, release)) {
      inARow += 1;
      if (inARow >= health.healthyAfter) return { servedVersion: served };
    } else {
      inARow = 0;
      last = seen.problem ?? wrongVersion(served, release.version);
    }
    if (performance.now() > deadline) return { problem: `not healthy within ${health.timeout} ms: ${last}` };
    await sleep(health.interval, signal);
  }
}

export function wrongVersion(served: string | undefined, wanted: string): string {
  return served === undefined
    ? `it does not say which version it serves, ${wanted} was expected`
    : `it serves ${served}, not ${wanted}`;
}
