// usage: balanced.mjs CONTROL-PORT SERVER drain|ready: what a host says to haproxy's runtime API, until it is so.
// https://docs.haproxy.org/2.6/management.html#9.3
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, server, state] = process.argv.slice(2);
const until = Date.now() + 10_000;

async function ask(command) {
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  let answer = '';
  socket.setEncoding('utf8').end(`${command}\n`);
  for await (const part of socket) answer += part;
  return answer;
}

/** Open sessions and state of the server, as the statistics have them. */
async function look() {
  const [head, ...rows] = (await ask('show stat')).replace(/^# /, '').trim().split('\n');
  const names = head.split(',');
  const row = rows.map((line) => line.split(',')).find((cells) => cells[names.indexOf('svname')] === server);
  return { sessions: Number(row[names.indexOf('scur')]), status: row[names.indexOf('status')] };
}

await ask(`set server shop/${server} state ${state}`);
for (;;) {
  const { sessions, status } = await look();
  if (state === 'drain' ? sessions === 0 : status.startsWith('UP')) break;
  if (Date.now() > until) throw new Error(`${server} is ${status} with ${sessions} sessions`);
  await sleep(20);
}
