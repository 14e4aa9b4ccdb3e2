import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer } from 'httpxy';
import { TrafficCounter } from './traffic.ts';

export interface Upstream {
  releaseId: string;
  port: number;
}

/**
 * The front door of an environment: one fixed port, all new requests to the release that is live. A switch is one
 * assignment: requests that are open finish where they began.
 */
export class FrontProxy {
  readonly #proxy = createProxyServer({ xfwd: true, proxyTimeout: 0, agent: false });
  readonly #server: Server;
  readonly #counters = new Map<string, TrafficCounter>();
  readonly #open = new Map<string, number>();
  #live: Upstream | undefined;

  constructor() {
    this.#proxy.on('proxyRes', (answer) => {
      // Towards the release every request has a connection of its own, because one that the release has just
      // closed would lose a request; towards the client the connection stays.
      delete answer.headers.connection;
    });
    this.#proxy.on('error', (_error, _request, response) =>
      refuse(response, 502, 'the release does not answer'),
    );
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    this.#server.requestTimeout = 0; // how long a request may take is the service's affair
  }

  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** All requests from now on go there. Counting begins anew when it is another release than before. */
  switchTo(upstream: Upstream | undefined): void {
    if (upstream && upstream.releaseId !== this.#live?.releaseId) {
      this.#counters.set(upstream.releaseId, new TrafficCounter());
    }
    this.#live = upstream;
  }

  traffic(releaseId: string): TrafficCounter | undefined {
    return this.#counters.get(releaseId);
  }

  /** Requests of a release that have not ended. */
  openRequests(releaseId: string): number {
    return this.#open.get(releaseId) ?? 0;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const live = this.#live;
    if (!live) {
      refuse(response, 503, 'no release is live');
      return;
    }
    this.#track(live.releaseId, response);
    void this.#proxy.web(request, response, { target: { host: '127.0.0.1', port: live.port } }).catch(() => {
      refuse(response, 502, 'the release does not answer');
    });
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const live = this.#live;
    if (!live) {
      socket.destroy();
      return;
    }
    this.#opened(live.releaseId);
    socket.once('close', () => this.#closed(live.releaseId));
    void this.#proxy
      .ws(request, socket, { target: { host: '127.0.0.1', port: live.port } }, head)
      .catch(() => socket.destroy());
  }

  #track(releaseId: string, response: ServerResponse): void {
    const startedAt = performance.now();
    this.#opened(releaseId);
    response.once('close', () => {
      this.#closed(releaseId);
      // A client that went away before the answer says nothing about the release.
      if (!response.writableFinished && !response.headersSent) return;
      const failed = response.statusCode >= 500 || !response.writableFinished;
      this.#counters.get(releaseId)?.count({ durationMs: performance.now() - startedAt, failed });
    });
  }

  #opened(releaseId: string): void {
    this.#open.set(releaseId, this.openRequests(releaseId) + 1);
  }

  #closed(releaseId: string): void {
    this.#open.set(releaseId, this.openRequests(releaseId) - 1);
  }
}

function refuse(response: ServerResponse | Socket | undefined, status: number, why: string): void {
  if (!(response instanceof ServerResponse) || response.headersSent) {
    response?.destroy(); // too late for an answer: the client must see that it is not whole
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify({ error: why }));
}
