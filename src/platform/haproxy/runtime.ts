import { connect } from 'node:net';
import { backend, ring } from './configuration.ts';
import type { RunningServer } from './reconciliation.ts';

/** What the runtime socket of a haproxy is asked, and what it says (haproxy's management guide, section 9.3). */

const answerTimeoutMs = 5_000;

/** @returns undefined when nobody answers there */
export function askRuntime(socket: string, command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    const connection = connect(socket, () => connection.write(`${command}\n`));
    connection.setTimeout(answerTimeoutMs, () => connection.destroy(new Error('no answer')));
    connection.on('data', (chunk) => chunks.push(chunk));
    connection.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    connection.once('error', () => resolve(undefined));
    connection.once('close', () => resolve(undefined));
  });
}

/** Process id of the haproxy that answers there. */
export async function processIdOf(socket: string): Promise<number | undefined> {
  const pid = /^Pid: (\d+)$/m.exec((await askRuntime(socket, 'show info')) ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Bits of srv_admin_state that keep traffic away: maintenance and drain, forced or configured. */
const withoutTraffic = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20;

/** @returns undefined when nobody answers */
export async function runningServers(socket: string): Promise<RunningServer[] | undefined> {
  const answer = await askRuntime(socket, `show servers state ${backend}`);
  if (answer === undefined) return undefined;
  const lines = answer.split('\n');
  const columns = lines
    .find((line) => line.startsWith('# '))
    ?.slice(2)
    .split(' ');
  if (!columns) return undefined;
  return lines.flatMap((line) => {
    const fields = line.split(' ');
    if (line.startsWith('#') || fields.length < columns.length) return [];
    const field = (name: string) => fields[columns.indexOf(name)] ?? '';
    const isOut = (Number(field('srv_admin_state')) & withoutTraffic) !== 0;
    return [
      {
        name: field('srv_name'),
        port: Number(field('srv_port')),
        weight: isOut ? 0 : Number(field('srv_uweight')),
      },
    ];
  });
}

/** Counters of one server since it was added. */
export interface ServerCounters {
  /** Requests that are being answered now. */
  open: number;
  requests: number;
  errors: number;
}

/** @returns undefined when nobody answers; without counters where there is no such server */
export async function countersOf(
  socket: string,
  name: string,
): Promise<{ counters?: ServerCounters } | undefined> {
  const answer = await askRuntime(socket, 'show stat');
  if (answer === undefined) return undefined;
  const lines = answer.split('\n');
  const columns = lines[0]?.replace(/^# /, '').split(',') ?? [];
  const line = lines.find((one) => one.startsWith(`${backend},${name},`));
  if (line === undefined) return {};
  const fields = line.split(',');
  const count = (column: string) => Number(fields[columns.indexOf(column)] ?? 0);
  const answers = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'].map((one) => count(`hrsp_${one}`));
  // An answer that the release broke off in the middle is among the answers, the failed ones and the aborted ones.
  const unanswered = count('econ') + Math.max(0, count('eresp') - count('srv_abrt'));
  const requests = answers.reduce((sum, one) => sum + one, unanswered);
  const errors = count('hrsp_5xx') + count('econ') + count('eresp');
  return { counters: { open: count('scur'), requests, errors: Math.min(errors, requests) } };
}

/** How long the release took for each of its last answers, of those that are still remembered, in milliseconds. */
export async function lastAnswerTimesMs(socket: string, name: string): Promise<number[]> {
  const answer = (await askRuntime(socket, `show events ${ring}`)) ?? '';
  return answer.split('\n').flatMap((line) => {
    const [server, status, timeMs] = line.trim().split(' ').slice(-3);
    if (server !== name || Number(status) <= 0 || !(Number(timeMs) >= 0)) return [];
    return [Number(timeMs)];
  });
}
