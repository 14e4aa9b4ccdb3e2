/** How the tests talk to the shop. */
export function createClient(url, { customer } = {}) {
  async function send(method, path, { body, headers = {} } = {}) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(customer && { 'x-customer': customer }), ...headers },
      body,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  return {
    send,
    get: (path) => send('GET', path),
    order: (items) =>
      send('POST', '/orders', {
        body: JSON.stringify({ items }),
        headers: { 'content-type': 'application/json' },
      }),
  };
}

/** The value of a counter in the Prometheus text format; 0 when it is not there. */
export function counterIn(text, series) {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}
