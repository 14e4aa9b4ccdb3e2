import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver of webhooks that does what a test wants of it. */

export interface Post {
  key: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every format
  body: any;
}

export interface Receiver {
  url: string;
  /** What was taken. */
  posts: Post[];
  /** What came, taken or not. */
  attempts: Post[];
  /** A status to answer with, or `hang` to answer nothing. */
  behaves: number | 'hang';
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      const post = {
        key: request.headers['idempotency-key'] as string | undefined,
        body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
      };
      receiver.attempts.push(post);
      if (receiver.behaves === 'hang') return;
      if (receiver.behaves < 300) receiver.posts.push(post);
      response.writeHead(receiver.behaves, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts: [],
    attempts: [],
    behaves: 200,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
