import * as z from 'zod';
import type { AnalysisProbe } from '../config/schema.ts';
import { cleanLine } from '../evidence/untrusted.ts';
import { httpGet } from '../platform/http.ts';
import { readJsonPath } from './probes.ts';

/** Asking for one number: a query of Prometheus, or a place in a JSON document. */

export interface NumberQuestion {
  /** Stand in the place of `{{environment}}` and `{{version}}`. */
  environment: string;
  version: string;
  /** Where paths are asked. */
  baseUrl: string;
}

const timeoutMs = 5_000;
const longestProblem = 200;

/** Never throws: that there is no number is an answer, and never a good one. */
export async function askForNumber(
  probe: Pick<AnalysisProbe, 'prometheus' | 'query' | 'url' | 'value'>,
  question: NumberQuestion,
): Promise<{ value: number } | { problem: string }> {
  try {
    const found =
      probe.prometheus === undefined
        ? await askDocument(probe, question)
        : await askPrometheus(probe.prometheus, fillIn(probe.query ?? '', question));
    return typeof found === 'number' ? { value: found } : { problem: cut(found) };
  } catch (error) {
    return { problem: cut((error as Error).message) };
  }
}

function fillIn(text: string, { environment, version }: NumberQuestion): string {
  return text.replaceAll('{{version}}', version).replaceAll('{{environment}}', environment);
}

async function askDocument(
  { url = '', value = '' }: Pick<AnalysisProbe, 'url' | 'value'>,
  question: NumberQuestion,
): Promise<number | string> {
  const path = fillIn(url, question);
  const { status, body } = await httpGet(path.startsWith('/') ? question.baseUrl + path : path, timeoutMs);
  if (status !== 200) return `${path} answered ${status}`;
  const found = readJsonPath(body, value);
  return numberOf(found) ?? `${path} has no number at ${value}`;
}

/** Prometheus, "HTTP API": instant queries. A sample is `[time, "value"]`; other shapes have no single number. */
const answer = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })),
    }),
    z.object({ resultType: z.literal('scalar'), result: z.tuple([z.number(), z.string()]) }),
  ]),
});

async function askPrometheus(server: string, query: string): Promise<number | string> {
  const url = `${server.replace(/\/+$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`;
  const { status, body } = await httpGet(url, timeoutMs);
  if (status !== 200) return `Prometheus answered ${status} to ${query}`;
  const read = answer.safeParse(jsonOf(body));
  if (!read.success) return `Prometheus did not answer with one number to ${query}`;
  const { data } = read.data;
  const values = data.resultType === 'scalar' ? [data.result[1]] : data.result.map(({ value }) => value[1]);
  if (values.length !== 1) return `Prometheus has ${values.length} values for ${query}, one is needed`;
  return numberOf(values[0]) ?? `Prometheus says ${values[0]} to ${query}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** NaN is what a rate without any request comes to, and Infinity a division by nothing: neither is a number to judge. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

const cut = (text: string) => cleanLine(text).slice(0, longestProblem);
