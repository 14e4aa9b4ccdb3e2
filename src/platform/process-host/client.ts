import { request } from 'node:http';
import { type HostAnswer, type HostRequest, isPrivate, socketFolder, socketOf } from './protocol.ts';

/** Enough for everything that does not wait for a process or for open requests. */
const shortMs = 10_000;

/**
 * Asks the process host of a state folder. Never starts one.
 * @returns undefined when no host is there, or when it ended in the middle
 */
export async function askHost(
  stateDir: string,
  asked: HostRequest,
  timeoutMs = shortMs,
): Promise<HostAnswer | undefined> {
  if (!(await isPrivate(socketFolder()))) return undefined;
  return new Promise((resolve) => {
    const call = request(
      // No pooled connection: one that the host has just closed would look as if there were no host.
      { socketPath: socketOf(stateDir), method: 'POST', path: '/', agent: false, timeout: timeoutMs },
      (response) => {
        const chunks: Uint8Array[] = [];
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        response.on('end', () => resolve(readAnswer(chunks)));
        response.on('error', () => resolve(undefined));
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(undefined));
    call.end(JSON.stringify(asked));
  });
}

function readAnswer(chunks: Uint8Array[]): HostAnswer | undefined {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as HostAnswer;
  } catch {
    return undefined; // the host was killed while it answered
  }
}
