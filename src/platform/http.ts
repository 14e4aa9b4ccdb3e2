/** Small HTTP questions to services, with a limit on time and on size. */

export interface HttpAnswer {
  status: number;
  body: string;
  durationMs: number;
}

const maxBodyBytes = 1024 * 1024;

/**
 * GETs a URL. Redirects are not followed: a probe must see what the service itself answers.
 * @param maxBytes what is longer is cut
 * @throws Error with a one-line reason when there is no answer in time
 */
export async function httpGet(url: string, timeoutMs: number, maxBytes = maxBodyBytes): Promise<HttpAnswer> {
  return request(url, { method: 'GET', redirect: 'manual' }, timeoutMs, maxBytes);
}

/** POSTs JSON. @throws Error with a one-line reason when there is no answer in time */
export async function httpPostJson(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    redirect: 'error' as const,
  };
  return request(url, init, timeoutMs);
}

async function request(
  url: string,
  init: RequestInit,
  timeoutMs: number,
  maxBytes = maxBodyBytes,
): Promise<HttpAnswer> {
  const startedAt = performance.now();
  try {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.timeout(timeoutMs),
      // A kept-alive socket would keep talking to the old release after a switch.
      headers: { ...(init.headers as Record<string, string> | undefined), connection: 'close' },
    });
    const body = await readLimited(response, maxBytes);
    return { status: response.status, body, durationMs: Math.round(performance.now() - startedAt) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = (cause as NodeJS.ErrnoException).code;
    const reason =
      cause instanceof Error && cause.name === 'TimeoutError' ? `no answer in ${timeoutMs} ms` : undefined;
    throw new Error(reason ?? code ?? (cause instanceof Error ? cause.message : String(cause)));
  }
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
