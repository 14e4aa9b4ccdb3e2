import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type FrontServer,
  parseConfiguration,
  renderConfiguration,
  renderHead,
} from '../../../src/platform/haproxy/configuration.ts';
import { commandsTowards, type RunningServer } from '../../../src/platform/haproxy/reconciliation.ts';

const head = renderHead({
  host: '127.0.0.1',
  port: 8080,
  socket: '/run/shop.sock',
  requestTimeoutMs: 60_000,
  drainMs: 5_000,
});

const server = fc.record({
  name: fc.constantFrom('dep-a.1', 'dep-b.2', 'dep-a.3', 'dep-c.4'),
  version: fc.string({ minLength: 1, unit: 'grapheme' }),
  port: fc.integer({ min: 1, max: 65_535 }),
  weight: fc.integer({ min: 0, max: 100 }),
  live: fc.boolean(),
});
const servers = fc.uniqueArray(server, { selector: ({ name }) => name });

test('what is written is what is read, whatever versions are called', () => {
  fc.assert(
    fc.property(servers, (wanted) => {
      expect(parseConfiguration(renderConfiguration(head, wanted))).toEqual({ head, servers: wanted });
    }),
  );
});

test('a file that somebody else has changed is not believed', () => {
  const text = renderConfiguration(head, [
    { name: 'dep-a.1', version: 'one', port: 1, weight: 100, live: true },
  ]);
  expect(parseConfiguration(text.replace('127.0.0.1:1 ', '192.0.2.1:1 '))).toBeUndefined();
  expect(parseConfiguration(`${text}    server other 127.0.0.1:2\n`)).toBeUndefined();
  expect(parseConfiguration('')).toBeUndefined();
});

test('an IPv6 address stands in brackets', () => {
  const settings = { host: '::', port: 8080, socket: '/s', requestTimeoutMs: 1, drainMs: 0 };
  expect(renderHead(settings)).toContain('bind [::]:8080');
});

test('the commands lead there, nothing is left to do, and somebody always has the traffic', () => {
  fc.assert(
    fc.property(servers, servers, (before, wanted) => {
      const running: RunningServer[] = before.map(({ name, port, weight }) => ({ name, port, weight }));
      const both = before.some(isServing) && wanted.some(isServing);
      for (const command of commandsTowards(running, wanted)) {
        obey(running, command);
        if (both) expect(running.some(isServing)).toBe(true);
      }
      expect(commandsTowards(running, wanted)).toEqual([]);
      expect(byName(running)).toEqual(
        byName(wanted.map(({ name, port, weight }) => ({ name, port, weight }))),
      );
    }),
  );
});

const isServing = ({ weight }: Pick<FrontServer, 'weight'>) => weight > 0;
const byName = (all: RunningServer[]) => [...all].sort((a, b) => a.name.localeCompare(b.name));

/** What haproxy does with a command; that it really does is shown by the tests of the target. */
function obey(running: RunningServer[], command: string): void {
  const name = /releases\/(\S+)/.exec(command)?.[1] ?? '';
  const [, port] = /(?:127\.0\.0\.1:| port )(\d+)/.exec(command) ?? [];
  const [, weight] = / weight (\d+)$/.exec(command) ?? [];
  const found = running.find((one) => one.name === name);
  if (command.startsWith('add')) running.push({ name, port: Number(port), weight: 0 });
  else if (command.startsWith('del'))
    running.splice(
      running.findIndex((one) => one.name === name),
      1,
    );
  else if (found && port !== undefined) found.port = Number(port);
  else if (found && weight !== undefined) found.weight = Number(weight);
  else if (found && /state (drain|maint)/.test(command)) found.weight = 0;
}
