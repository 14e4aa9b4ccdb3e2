import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Release, TargetCall } from '../../../src/deployments/targets/types.ts';
import { packFolder } from '../../../src/platform/archive.ts';

/** A temporary place with releases of a service whose behaviour is given, packed as real artifacts. */
export interface ReleaseFixture {
  dir: string;
  release(id: string, behaviour?: Record<string, unknown>): Promise<Release>;
  call(number: number): TargetCall;
  log: string[];
  remove(): Promise<void>;
}

const service = path.join(import.meta.dirname, '../../fixtures/service');

export async function releaseFixture(): Promise<ReleaseFixture> {
  const dir = await fs.mkdtemp(path.join(tmpdir(), 'target-'));
  const log: string[] = [];
  return {
    dir,
    log,
    async release(id, behaviour = {}) {
      const source = path.join(dir, 'sources', id);
      await fs.cp(service, source, { recursive: true });
      await fs.writeFile(path.join(source, 'behaviour.json'), JSON.stringify({ ...behaviour, id }));
      const artifact = await packFolder(source, path.join(dir, 'artifacts'));
      return { environment: 'test', id, commit: id.padEnd(40, '0'), version: id, artifact };
    },
    call: (number) => ({
      fence: { deploymentId: `dep-${number}`, number },
      log: (line) => log.push(line),
      signal: new AbortController().signal,
    }),
    remove: () => fs.rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}
