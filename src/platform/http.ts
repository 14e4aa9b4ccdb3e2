import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';

/**
 * Small HTTP questions to services, with a limit on time and on size. By `node:http`: the first `fetch` of a process
 * compiles its parser, which costs a runner that asks a few questions half as much memory again.
 */

export interface HttpAnswer {
  status: number;
  body: string;
  durationMs: number;
}

interface Question extends RequestOptions {
  timeoutMs: number;
  maxBytes?: number;
  body?: string;
}

const maxBodyBytes = 1024 * 1024;

/**
 * GETs a URL. Redirects are not followed: a probe must see what the service itself answers.
 * @param maxBytes what is longer is cut
 * @throws Error with a one-line reason when there is no answer in time
 */
export async function httpGet(url: string, timeoutMs: number, maxBytes = maxBodyBytes): Promise<HttpAnswer> {
  return ask(url, { method: 'GET', timeoutMs, maxBytes });
}

/** POSTs JSON. Follows no redirect. @throws Error with a one-line reason when there is no answer in time */
export async function httpPostJson(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const text = JSON.stringify(body);
  return ask(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    },
    body: text,
    timeoutMs,
  });
}

async function ask(
  url: string,
  { timeoutMs, maxBytes = maxBodyBytes, body, ...options }: Question,
): Promise<HttpAnswer> {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(new URL(url), { ...options, signal }, body);
    const text = await readLimited(response, maxBytes);
    const durationMs = Math.round(performance.now() - startedAt);
    return { status: response.statusCode ?? 0, body: text, durationMs };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(signal.aborted ? `no answer in ${timeoutMs} ms` : code || message);
  }
}

async function send(url: URL, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const request = isSecure ? (await import('node:https')).request : plainRequest;
  return new Promise((resolve, reject) => {
    // A kept-alive socket would keep talking to the old release after a switch.
    request(url, { ...options, agent: false }, resolve)
      .on('error', reject)
      .end(body);
  });
}

async function readLimited(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
