import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askForNumber } from '../../src/operations/analysis-probes.ts';

let server: Server;
let baseUrl: string;
let asked: string[] = [];
let answer: { status?: number; body: string } = { body: '' };

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(decodeURIComponent(request.url ?? ''));
    response.writeHead(answer.status ?? 200).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const ask = (probe: Parameters<typeof askForNumber>[0], answered: typeof answer) => {
  answer = answered;
  asked = [];
  return askForNumber(probe, { environment: 'staging', version: 'abc123', baseUrl });
};
const json = (body: unknown) => ({ body: JSON.stringify(body) });
const prometheus = (result: unknown, resultType = 'vector') =>
  json({ status: 'success', data: { resultType, result } });
const query = () => ({ prometheus: `${baseUrl}/`, query: 'up{version="{{version}}",env="{{environment}}"}' });
const document = { url: '/stats?{{version}}', value: '$.queue.depth' };

test('a JSON document of the release itself, or of anybody', async () => {
  expect(await ask(document, json({ queue: { depth: 7 } }))).toEqual({ value: 7 });
  expect(asked).toEqual(['/stats?abc123']);
  expect(await ask({ ...document, url: `${baseUrl}/other` }, json({ queue: { depth: '1e3' } }))).toEqual({
    value: 1000,
  });
});

test('Prometheus is asked for the version, and has exactly one number', async () => {
  expect(await ask(query(), prometheus([{ metric: {}, value: [1, '0.25'] }]))).toEqual({ value: 0.25 });
  expect(asked).toEqual(['/api/v1/query?query=up{version="abc123",env="staging"}']);
  expect(await ask(query(), prometheus([1, '3'], 'scalar'))).toEqual({ value: 3 });
});

test.each([
  ['no sample', prometheus([]), /0 values/],
  ['two samples', prometheus([{ value: [1, '1'] }, { value: [1, '2'] }]), /2 values/],
  ['nothing happened yet', prometheus([{ value: [1, 'NaN'] }]), /says NaN/],
  ['a division by nothing', prometheus([{ value: [1, '+Inf'] }]), /says \+Inf/],
  ['a range', prometheus([], 'matrix'), /did not answer with one number/],
  ['an error', { status: 400, body: '{"status":"error"}' }, /answered 400/],
  ['garbage', { body: '<html>' }, /did not answer with one number/],
])('Prometheus with %s has no number', async (_, answered, why) => {
  expect(await ask(query(), answered)).toEqual({ problem: expect.stringMatching(why) });
});

test.each([
  ['no such place', json({ queue: {} }), /no number at/],
  ['a word', json({ queue: { depth: 'deep' } }), /no number at/],
  ['an empty text', json({ queue: { depth: '' } }), /no number at/],
  ['nothing', { body: '' }, /no number at/],
  ['an error', { status: 503, body: '{"queue":{"depth":1}}' }, /answered 503/],
])('a document with %s has no number', async (_, answered, why) => {
  expect(await ask(document, answered)).toEqual({ problem: expect.stringMatching(why) });
});

test('nobody there is no number either', async () => {
  const question = { environment: 'staging', version: 'abc', baseUrl: 'http://127.0.0.1:9999' };
  expect(await askForNumber(document, question)).toEqual({
    problem: expect.stringContaining('ECONNREFUSED'),
  });
});
