import type { ContainerTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { now, sleep } from '../../../platform/clock.ts';
import {
  answersHttp,
  type Container,
  type ContainerClient,
  complaintOf,
} from '../../../platform/container-client.ts';
import { freePort } from '../../../platform/process-host/ports.ts';
import { labelPrefix } from '../labels.ts';
import type { LogSink, Release } from '../types.ts';
import type { Image } from './images.ts';

/** One container per release, told by its labels, on a loopback port that stays the same when it is started again. */

const pollIntervalMs = 50;
/** Asking Docker costs a process each time. */
const looksEveryMs = 500;
const portAttempts = 5;
const stopGraceMs = 10_000;
const linesShown = 8;

export interface ContainersSettings {
  config: ContainerTargetConfig;
  client: ContainerClient;
  project: string;
  environment: string;
  targetId: string;
  /** Values of the variables that are handed through to services. */
  passed: Record<string, string>;
}

export interface RunningContainer {
  releaseId: string;
  version: string;
  name: string;
  runs: boolean;
}

export interface Containers {
  /**
   * Runs the release, or finds that it runs, and waits until it answers.
   * @returns its port on 127.0.0.1
   * @throws TARGET_FAILED with its last lines when it does not start
   */
  ensure(
    release: Release,
    image: Image,
    start: { fence: number; environment: Record<string, string>; log: LogSink },
  ): Promise<number>;
  /** Ends it and keeps it for its log. @returns whether there was one that ran */
  end(releaseId: string): Promise<boolean>;
  remove(releaseId: string): Promise<void>;
  list(): Promise<RunningContainer[]>;
  /** Empty where there is none. @throws TARGET_FAILED when Docker cannot be asked */
  lastLines(releaseId: string, lines: number): Promise<string[]>;
}

export function openContainers(settings: ContainersSettings): Containers {
  const { config, client, project, environment, targetId, passed } = settings;
  const nameOf = (releaseId: string) => `${environment}-${releaseId}-${targetId}`;

  const unasked = (why: string) =>
    failure(`${config.docker} cannot be asked: ${why}`, `Make "${config.docker} ps" work for this user.`);

  function isOurs({ labels }: Container, releaseId: string): boolean {
    return labels[`${labelPrefix}.target`] === targetId && labels[`${labelPrefix}.release`] === releaseId;
  }

  /** @throws TARGET_FAILED when Docker cannot be asked, or somebody else's container has the name */
  async function find(releaseId: string): Promise<Container | undefined> {
    const name = nameOf(releaseId);
    const found = await client.inspect(name).catch((error: Error) => {
      throw unasked(error.message);
    });
    if (!found || isOurs(found, releaseId)) return found;
    throw failure(`the container ${name} is not ours`, `Remove it, or give it another name.`);
  }

  async function must(parameters: string[]): Promise<void> {
    const outcome = await client.run(parameters);
    if (outcome.exitCode === 0 || /no such container/i.test(outcome.stderr)) return;
    throw failure(
      `"${config.docker} ${parameters.slice(0, 2).join(' ')}" failed: ${complaintOf(outcome)}`,
      `Make "${config.docker} ps" work for this user.`,
    );
  }

  /** @returns its port; undefined when somebody made the same one at this moment */
  async function create(
    release: Release,
    image: Image,
    { fence, environment: facts, log }: Parameters<Containers['ensure']>[2],
  ): Promise<number | undefined> {
    const labels = {
      target: targetId,
      project,
      environment,
      release: release.id,
      fence: String(fence),
      version: release.version,
      commit: release.commit,
      artifact: release.artifact.digest,
    };
    const values = { ...config.environment, ...facts, PORT: String(config.containerPort) };
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const outcome = await client.run(
        [
          'run',
          '--detach',
          ...config.options,
          '--name',
          nameOf(release.id),
          ...Object.entries(labels).flatMap(([name, value]) => [
            '--label',
            `${labelPrefix}.${name}=${value}`,
          ]),
          // A fixed port: one that Docker chooses would be another one after each start.
          '--publish',
          `127.0.0.1:${port}:${config.containerPort}`,
          '--restart',
          'unless-stopped',
          // Their values may be secret: they travel in the environment, where no list of processes shows them.
          ...Object.keys(passed).flatMap((name) => ['--env', name]),
          ...Object.entries(values).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
          image.id,
        ],
        { environment: passed },
      );
      if (outcome.exitCode === 0) {
        log(`${release.version} runs as ${nameOf(release.id)} on port ${port}`);
        return port;
      }
      if (/name .* is already in use/i.test(outcome.stderr)) return undefined;
      await must(['rm', '--force', nameOf(release.id)]); // what could not be started stays behind, made
      const isTaken = /port is already allocated|address already in use/i.test(outcome.stderr);
      if (isTaken && attempt < portAttempts) continue;
      throw failure(
        `${release.version} cannot be started: ${complaintOf(outcome)}`,
        'Mend what it names: the image, target.options, or Docker itself.',
      );
    }
  }

  /**
   * @param before the port of the container and how often it was started again, where that is known
   * @returns the port, or why the release does not get ready
   */
  async function untilReady(
    release: Release,
    before: { port: number | undefined; restarts: number },
  ): Promise<number | string> {
    const deadline = now().getTime() + config.readyWithin;
    for (let { port } = before; ; ) {
      if (port === undefined) {
        const found = await find(release.id);
        if (!found?.runs || found.port === undefined || found.restarts > before.restarts)
          return `its container ended${howItEnded(found)}`;
        port = found.port;
      }
      const lookAgainAt = now().getTime() + looksEveryMs;
      while (now().getTime() < lookAgainAt) {
        if (await answersHttp(port)) return port;
        if (now().getTime() > deadline) {
          return `nothing answers HTTP on port ${config.containerPort} of its container after ${config.readyWithin / 1_000} s`;
        }
        await sleep(pollIntervalMs);
      }
      port = undefined;
    }
  }

  async function end(releaseId: string): Promise<boolean> {
    const found = await find(releaseId);
    if (!found) return false;
    // Also one that has just ended: Docker may be about to start it again.
    await must(['stop', '-t', String(stopGraceMs / 1_000), nameOf(releaseId)]);
    return found.runs;
  }

  async function lastLines(releaseId: string, lines: number): Promise<string[]> {
    const written: string[] = [];
    const outcome = await client.run(['logs', '--timestamps', '--tail', String(lines), nameOf(releaseId)], {
      onLine: (line) => written.push(line),
    });
    if (outcome.exitCode !== 0 && /no such container|no container with name/i.test(outcome.stderr)) return [];
    if (outcome.exitCode !== 0) throw unasked(complaintOf(outcome));
    // Standard output and standard error come apart; their times tell the order.
    return written
      .sort()
      .map((line) => line.slice(line.indexOf(' ') + 1))
      .slice(-lines);
  }

  return {
    async ensure(release, image, start) {
      const found = await find(release.id);
      const isRight = found?.runs === true && found.image === image.id;
      if (found && !isRight) await must(['rm', '--force', nameOf(release.id)]);
      const before = isRight ? found : { port: await create(release, image, start), restarts: 0 };
      const ready = await untilReady(release, before);
      if (typeof ready === 'number') return ready;
      if (!isRight) await end(release.id); // with its log; else Docker would start it for ever
      const lines = await lastLines(release.id, linesShown).catch(() => []);
      throw failure(
        `release ${release.version} did not start: ${ready}. Its last lines: ${lines.join(' | ')}`,
        `Make the image start a service that answers HTTP on 0.0.0.0:$PORT, commit, and deploy again.`,
      );
    },
    end,
    remove: (releaseId) => must(['rm', '--force', '--volumes', nameOf(releaseId)]),
    async list() {
      const names = await client.list(`${labelPrefix}.target=${targetId}`).catch((error: Error) => {
        throw unasked(error.message);
      });
      const all: RunningContainer[] = [];
      for (const name of names) {
        const found = await client.inspect(name);
        const releaseId = found?.labels[`${labelPrefix}.release`];
        if (!found || releaseId === undefined || name !== nameOf(releaseId)) continue;
        all.push({
          releaseId,
          name,
          version: found.labels[`${labelPrefix}.version`] ?? releaseId,
          runs: found.runs,
        });
      }
      return all;
    },
    lastLines,
  };
}

function howItEnded(found: Container | undefined): string {
  if (!found) return ' and is gone';
  // While it runs Docker tells no exit code of the run before.
  if (found.runs && found.exitCode === 0) return ' and was started again';
  return found.outOfMemory ? ': out of memory' : ` with exit code ${found.exitCode}`;
}

function failure(message: string, remedy: string): DevopsError {
  return new DevopsError('TARGET_FAILED', message, { remedy });
}
