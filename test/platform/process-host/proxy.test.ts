import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { accepts, freePort } from '../../../src/platform/process-host/ports.ts';
import { FrontProxy } from '../../../src/platform/process-host/proxy.ts';

let front: FrontProxy;
let port: number;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  front = new FrontProxy();
  port = await freePort();
  await front.listen({ host: '127.0.0.1', port });
  cleanups.push(() => front.close());
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(
  listener: Parameters<typeof createServer>[1],
): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

async function goLive(listener: Parameters<typeof createServer>[1], releaseId = 'one'): Promise<Server> {
  const upstream = await serve(listener);
  front.switchTo({ id: releaseId, port: upstream.port });
  return upstream.server;
}

const get = (path = '/', init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);

async function rawRequest(text: string): Promise<{ socket: Socket; read(): string }> {
  const socket = connect({ host: '127.0.0.1', port });
  cleanups.push(() => socket.destroy());
  let seen = '';
  socket.on('data', (chunk) => {
    seen += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, read: () => seen };
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 3_000, interval: 20 });

test('without a live release: 503 with a JSON body, and an upgrade is refused too', async () => {
  const answer = await get();
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ error: 'no release is live' });
  const { read } = await rawRequest(
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  await eventually(() => expect(read()).toMatch(/^HTTP\/1\.1 503 /));
});

test('a release that refuses connections: 502 and an error of that release', async () => {
  front.switchTo({ id: 'one', port: await freePort() });
  const answer = await get();
  expect(answer.status).toBe(502);
  expect(await answer.json()).toEqual({ error: 'the release does not answer' });
  await eventually(() => expect(front.traffic('one')?.read()).toMatchObject({ requests: 1, errors: 1 }));
});

test('counts 5xx as errors and everything else as requests, anew for each release', async () => {
  await goLive((incoming, response) => {
    response.statusCode = incoming.url === '/bad' ? 500 : incoming.url === '/none' ? 404 : 200;
    response.end();
  });
  for (const path of ['/', '/bad', '/none']) await (await get(path)).arrayBuffer();
  await eventually(() => expect(front.traffic('one')?.read()).toMatchObject({ requests: 3, errors: 1 }));
  await goLive((_request, response) => response.end(), 'two');
  await (await get()).arrayBuffer();
  await eventually(() => expect(front.traffic('two')?.read()).toMatchObject({ requests: 1, errors: 0 }));
  expect(front.traffic('one')?.read().requests).toBe(3);
  expect(front.traffic('three')).toBeUndefined();
});

test('an answer that breaks off in the middle reaches the client as broken, and is an error', async () => {
  await goLive((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  });
  await expect(get().then((answer) => answer.text())).rejects.toThrow();
  await eventually(() => expect(front.traffic('one')?.read()).toMatchObject({ requests: 1, errors: 1 }));
});

test('a client that leaves a stream is no error of the release, and the release notices', async () => {
  let left = false;
  await goLive((_request, response) => {
    response.write('first');
    response.on('close', () => {
      left = true;
    });
  });
  const controller = new AbortController();
  const answer = await get('/', { signal: controller.signal });
  await answer.body?.getReader().read();
  controller.abort();
  await eventually(() => expect(front.traffic('one')?.read()).toMatchObject({ requests: 1, errors: 0 }));
  await eventually(() => expect(left).toBe(true));
  expect(front.openRequests('one')).toBe(0);
});

test('who gives up waiting for an answer counts against the release, who leaves at once does not', async () => {
  await goLive(() => undefined);
  await expect(get('/', { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  await eventually(() => expect(front.openRequests('one')).toBe(0));
  expect(front.traffic('one')?.read()).toMatchObject({ requests: 0, errors: 0 });
  await expect(get('/', { signal: AbortSignal.timeout(1_200) })).rejects.toThrow();
  await eventually(() => expect(front.traffic('one')?.read()).toMatchObject({ requests: 1, errors: 1 }));
});

test('latency is the time until the answer begins, however long its body streams', async () => {
  await goLive((_request, response) => {
    response.write('first');
    setTimeout(() => response.end('last'), 400);
  });
  expect(await (await get()).text()).toBe('firstlast');
  await eventually(() => expect(front.traffic('one')?.read().requests).toBe(1));
  expect(front.traffic('one')?.read().p99Ms).toBeLessThan(300);
});

test('bodies stream both ways, and the release sees who asked', async () => {
  let forwarded: unknown;
  await goLive((incoming, response) => {
    forwarded = incoming.headers['x-forwarded-for'];
    incoming.pipe(response);
  });
  const call = request({ host: '127.0.0.1', port, method: 'POST' });
  call.write('one');
  const [answer] = await once(call, 'response');
  expect(String((await once(answer, 'data'))[0])).toBe('one'); // came back before the request has ended
  call.end('two');
  expect(String((await once(answer, 'data'))[0])).toBe('two');
  expect(forwarded).toBe('127.0.0.1');
});

test('the connection of the client stays although the one to the release does not', async () => {
  await goLive((_request, response) => response.end('ok'));
  const ask = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
  const { socket, read } = await rawRequest(ask);
  await eventually(() => expect(read()).toMatch(/ok/));
  socket.write(ask);
  await eventually(() => expect(read().match(/HTTP\/1\.1 200/g)).toHaveLength(2));
});

test('WebSockets pass both ways, count as open, and neither side outlives the other', async () => {
  const server = await goLive((_request, response) => response.end());
  const upstreams: Socket[] = [];
  server.on('upgrade', (_request, socket: Socket) => {
    upstreams.push(socket);
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    socket.on('data', (chunk) => socket.write(`echo ${chunk}`));
  });
  const ask =
    'GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: eA==\r\nsec-websocket-version: 13\r\n\r\n';
  const one = await rawRequest(ask);
  await eventually(() => expect(one.read()).toMatch(/^HTTP\/1\.1 101 /));
  one.socket.write('hello');
  await eventually(() => expect(one.read()).toMatch(/echo hello$/));
  expect(front.openRequests('one')).toBe(1);
  one.socket.destroy();
  await eventually(() => expect(upstreams[0]?.readableEnded).toBe(true));
  await eventually(() => expect(front.openRequests('one')).toBe(0));

  const two = await rawRequest(ask);
  await eventually(() => expect(two.read()).toMatch(/^HTTP\/1\.1 101 /));
  upstreams[1]?.destroy();
  await eventually(() => expect(two.socket.destroyed).toBe(true));
});

test('closing the front ends open WebSockets too, instead of waiting for them', async () => {
  const server = await goLive((_request, response) => response.end());
  server.on('upgrade', (_request, socket: Socket) => {
    cleanups.push(() => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
  });
  const { socket, read } = await rawRequest(
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  await eventually(() => expect(read()).toMatch(/^HTTP\/1\.1 101 /));
  await front.close();
  await eventually(() => expect(socket.destroyed).toBe(true));
});

test('a WebSocket that the release refuses comes back as its answer', async () => {
  await goLive((_request, response) => response.end());
  const { read } = await rawRequest(
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  await eventually(() => expect(read()).toMatch(/^HTTP\/1\.1 200 /));
});

test('a wish for HTTP/2 in clear text is passed over: the request is answered all the same, body included', async () => {
  await goLive((incoming, response) => incoming.pipe(response));
  const { read } = await rawRequest(
    'POST / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\ncontent-length: 4\r\n\r\nbody',
  );
  await eventually(() => expect(read()).toMatch(/^HTTP\/1\.1 200 [\s\S]*body/));
  await eventually(() => expect(front.openRequests('one')).toBe(0));
});

test('the front moves to another port: open requests end where they began', async () => {
  await goLive((_request, response) => {
    setTimeout(() => response.end('slow'), 200);
  });
  const open = get();
  await sleep(50);
  const before = port;
  port = await freePort();
  await front.listen({ host: '127.0.0.1', port });
  expect(await (await open).text()).toBe('slow');
  expect(await (await get()).text()).toBe('slow');
  expect(await accepts('127.0.0.1', before)).toBe(false);
});

test('a port that is taken is an error, and the front stays where it is', async () => {
  await goLive((_request, response) => response.end('ok'));
  const other = await serve((_request, response) => response.end('other'));
  await expect(front.listen({ host: '127.0.0.1', port: other.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  expect(await (await get()).text()).toBe('ok');
});
