import * as fs from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { asDevopsError, DevopsError } from '../../errors.ts';
import { type HostAnswer, type HostRequest, isPrivate, socketFolder, socketOf } from './protocol.ts';

/** Undefined when the host is ending: whoever asked finds nobody, and may start the next one. */
export type Answering = (asked: HostRequest) => Promise<HostAnswer | undefined>;

/**
 * Opens the socket over which a host is told what to do. Only for the holder of the host's lock: a socket that is
 * there already is taken for one that a killed host left behind.
 * @throws STATE_FAILED when the folder of the socket is open to other users
 */
export async function openControl(stateDir: string, answering: Answering): Promise<Server> {
  const folder = socketFolder();
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await isPrivate(folder))) {
    throw new DevopsError('STATE_FAILED', `${folder} is open to other users of this machine`, {
      remedy: `Delete ${folder}, or make it yours alone (chmod 700).`,
    });
  }
  await fs.rm(socketOf(stateDir), { force: true });
  const server = createServer(async (request, response) => {
    const answer = await answerSafely(request, answering);
    if (answer) response.end(JSON.stringify(answer));
    else response.destroy();
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketOf(stateDir), resolve);
  });
  return server;
}

async function answerSafely(request: IncomingMessage, answering: Answering): Promise<HostAnswer | undefined> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    return await answering(JSON.parse(Buffer.concat(chunks).toString('utf8')) as HostRequest);
  } catch (error) {
    const { message, remedy } = asDevopsError(error);
    return { ok: false, why: message, remedy };
  }
}
