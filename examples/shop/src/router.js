import { HttpError } from './http-error.js';

/** The status that proxies count when the caller went away before the answer; it is never sent. */
const clientLeft = 499;

/**
 * Turns a table of routes into a request listener. A route has a method, a path such as `/orders/:id`, and a handler
 * that gets `{request, params, query}` and returns `{status, body}`: an object goes out as JSON, text as `type`.
 */
export function createRouter(routes, { observe, log }) {
  const table = routes.map((route) => ({ ...route, segments: route.path.split('/') }));

  return async function listener(request, response) {
    const startedAt = performance.now();
    const asked = locate(table, request);
    let answer;
    response.once('close', () => {
      observe({
        route: asked.path ?? 'unmatched',
        method: request.method,
        status: answer?.status ?? clientLeft,
        durationMs: performance.now() - startedAt,
      });
    });
    answer = await serve(asked, request).catch((error) => answerTo(error, log));
    send(response, answer);
  };
}

/** The route of a request; a path of the shop that is asked in the wrong way has `allowed` instead. */
function locate(table, { method, url }) {
  const [pathname, ...query] = url.split('?');
  const segments = pathname.split('/');
  const here = table.filter((route) => matches(route.segments, segments));
  if (here.length === 0) return {};
  const path = here[0].path;
  const route = here.find((one) => one.method === method);
  if (!route) return { path, allowed: here.map((one) => one.method) };
  const named = route.segments.flatMap((name, at) =>
    name.startsWith(':') ? [[name.slice(1), segments[at]]] : [],
  );
  return { path, route, params: Object.fromEntries(named), query: new URLSearchParams(query.join('?')) };
}

function matches(pattern, segments) {
  return (
    pattern.length === segments.length &&
    pattern.every((name, at) => name === segments[at] || (name.startsWith(':') && segments[at] !== ''))
  );
}

async function serve({ route, allowed, params, query }, request) {
  if (allowed) {
    throw new HttpError(405, 'notAllowed', `only ${allowed.join(', ')} here`, { allow: allowed.join(', ') });
  }
  if (!route) throw new HttpError(404, 'notFound', 'there is nothing at this path');
  return route.handle({ request, params, query });
}

function answerTo(error, log) {
  const known = error instanceof HttpError;
  const { status, code, headers } = known ? error : { status: 500, code: 'internal', headers: {} };
  if (status >= 500) log.error(known ? `${status} ${code}: ${error.message}` : String(error.stack));
  const message = known ? error.message : 'the shop has an error';
  return { status, headers, body: { error: { code, message } } };
}

function send(response, { status, body, type, headers = {} }) {
  const text = type === undefined ? JSON.stringify(body) : body;
  response.writeHead(status, {
    'content-type': type ?? 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
