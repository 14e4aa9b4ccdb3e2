import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The orders, one JSON line each, in a file that is only ever appended to. Two releases may share it while one takes
 * over from the other: each append is one write, and what the other one wrote is read when the file has grown.
 */

const readBytes = 1024 * 1024;
const newline = 0x0a;

/** @param {string} folder created when missing */
export async function openOrders(folder, { log }) {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'orders.jsonl'), 'a+');
  await endLastLine(file);
  const all = [];
  const byId = new Map();
  let offset = 0;
  let reading = Promise.resolve();

  function take(line) {
    if (line === '') return;
    try {
      const order = JSON.parse(line);
      all.push(order);
      byId.set(order.id, order);
    } catch {
      log.error('a damaged line in orders.jsonl was skipped');
    }
  }

  async function readOn() {
    const { size } = await file.stat();
    while (offset < size) {
      const buffer = Buffer.alloc(Math.min(readBytes, size - offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1;
      if (end === 0) return;
      for (const line of buffer.toString('utf8', 0, end).split('\n')) take(line);
      offset += end;
    }
  }

  /** One reader at a time: two would take the same lines twice. */
  function catchUp() {
    reading = reading.then(readOn, readOn);
    return reading;
  }

  await catchUp();
  return {
    async add(order) {
      await file.appendFile(`${JSON.stringify(order)}\n`);
      await catchUp();
    },
    /** The order of this id, or undefined. */
    async get(id) {
      if (!byId.has(id)) await catchUp();
      return byId.get(id);
    },
    /** The newest orders first, and how many there are in all. */
    async list({ customer, limit }) {
      await catchUp();
      const matching = customer === undefined ? all : all.filter((order) => order.customer === customer);
      return { orders: matching.slice(-limit).reverse(), total: matching.length };
    },
    async close() {
      await reading.catch(() => {});
      await file.close();
    },
  };
}

/** A writer that died in the middle of a line must not spoil the next one. */
async function endLastLine(file) {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] !== newline) await file.appendFile('\n');
}
