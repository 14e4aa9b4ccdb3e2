import { backend, type FrontServer } from './configuration.ts';

/** From what runs to what should run, as commands of the runtime API. Pure. */

/** A server as the running haproxy has it. */
export interface RunningServer {
  name: string;
  port: number;
  /** What it counts for now: 0 while it is drained or under maintenance. */
  weight: number;
}

/**
 * The commands that lead there, in an order in which somebody always has the traffic: who gets more comes first, then
 * who gets less, then who goes. Empty when nothing is left to do.
 */
export function commandsTowards(running: readonly RunningServer[], wanted: readonly FrontServer[]): string[] {
  const now = new Map(running.map((server) => [server.name, server]));
  const more: string[] = [];
  const less: string[] = [];
  for (const { name, port, weight } of wanted) {
    const server = now.get(name);
    const id = `${backend}/${name}`;
    if (!server) more.push(`add server ${id} 127.0.0.1:${port} weight ${weight}`);
    else if (server.port !== port) more.push(`set server ${id} addr 127.0.0.1 port ${port}`);
    const before = server?.weight ?? 0;
    if (weight === before) continue;
    if (weight === 0) less.push(`set server ${id} state drain`);
    else {
      const raise = [`set server ${id} weight ${weight}`, `set server ${id} state ready`];
      (weight > before ? more : less).push(...raise);
    }
  }
  const names = new Set(wanted.map(({ name }) => name));
  const gone = running.filter(({ name }) => !names.has(name));
  return [
    ...more,
    ...less,
    ...gone.flatMap(({ name }) => [
      `set server ${backend}/${name} state maint`,
      `shutdown sessions server ${backend}/${name}`,
      `del server ${backend}/${name}`,
    ]),
  ];
}
