import { appendFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { timestamp } from '../clock.ts';
import { path } from '../files.ts';

/** What the process of a release writes. The process itself has the file open, so that it outlives the host. */

const maxBytes = 10 * 1024 * 1024;

/** A remark of ours between the lines of the release. */
export function remark(logFile: string, text: string): void {
  try {
    appendFileSync(logFile, `[devops-engineer ${timestamp()}] ${text}\n`, { mode: 0o600 });
  } catch {
    // a full disk must not end the host
  }
}

/**
 * Makes room in a log that has grown too large and keeps one older generation. The file stays the same, since a
 * process appends to it; what it writes between copy and cut is lost.
 */
export async function capLog(logFile: string): Promise<void> {
  const found = await fs.stat(logFile).catch(() => undefined);
  if (!found || found.size <= maxBytes) return;
  await fs.copyFile(logFile, `${logFile}.1`);
  await fs.truncate(logFile, 0);
}

/** Deletes the logs of all releases that are not in `keep`. */
export async function pruneLogs(logsDir: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await fs.readdir(logsDir).catch(() => [])) {
    const id = /^(.+)\.log(\.1)?$/.exec(name)?.[1];
    if (id !== undefined && !keep.has(id)) await fs.rm(path.join(logsDir, name), { force: true });
  }
}
