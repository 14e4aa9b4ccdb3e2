import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

const droppedHeaders = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * Passes a request on without its wish for another protocol (h2c, say, which Java's client asks for by default);
 * a server may ignore that wish (RFC 9110, section 7.8). Node hands such a request over unparsed, so its bytes are.
 */
export function declineUpgrade(request: IncomingMessage, client: Socket, head: Buffer, port: number): void {
  const upstream = connect({ host: '127.0.0.1', port }, () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`, 'connection: close'];
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      const name = request.rawHeaders[index] ?? '';
      if (!droppedHeaders.has(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[index + 1]}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  upstream.once('error', () => client.destroy());
  upstream.once('close', () => client.destroySoon());
  client.once('close', () => upstream.destroy());
}
