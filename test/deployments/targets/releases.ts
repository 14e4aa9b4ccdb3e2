import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Release, TargetCall } from '../../../src/deployments/targets/types.ts';
import { packFolder } from '../../../src/platform/archive.ts';
import { packageDir } from '../../../src/platform/self.ts';

/** Releases of the fixture service and calls on a target, for tests of targets. */

const fixtures = path.join(packageDir, 'test', 'fixtures');

export async function temporaryFolder(): Promise<string> {
  return fs.realpath(await fs.mkdtemp(path.join(tmpdir(), 'target-')));
}

export async function createRelease(
  dir: string,
  version: string,
  fixture: 'release' | 'small-release' = 'release',
): Promise<Release> {
  const artifact = await packFolder(path.join(fixtures, fixture), path.join(dir, 'artifacts'));
  return {
    environment: 'staging',
    id: `deployment-${version}`,
    commit: version.repeat(8),
    version,
    artifact,
  };
}

export interface RecordedCall extends TargetCall {
  lines: string[];
}

export function callOf(number: number, previous?: Release): RecordedCall {
  const lines: string[] = [];
  return {
    fence: { deploymentId: `deployment-${number}`, number },
    log: (line) => lines.push(line),
    lines,
    signal: new AbortController().signal,
    ...(previous && { previous }),
    atOnce: 1,
  };
}
