import { request } from 'node:http';
import type { HostAnswer, HostRequest } from './protocol.ts';
import { socketOf } from './protocol.ts';

/** Starting and draining a release may take this long; everything else answers at once. */
const longestMs = 120_000;

/**
 * Asks the process host of a state folder.
 * @returns undefined when no host is there
 */
export function askHost(stateDir: string, asked: HostRequest): Promise<HostAnswer | undefined> {
  return new Promise((resolve) => {
    const call = request(
      { socketPath: socketOf(stateDir), method: 'POST', path: '/', timeout: longestMs },
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
    return undefined; // the host died in the middle of its answer
  }
}
