import { DevopsError } from '../errors.ts';
import { sleep } from '../platform/clock.ts';
import type { FileVersion } from '../platform/file-version.ts';
import { instantSource } from '../platform/instant-source.ts';
import { OpenedFile } from '../platform/opened-file.ts';
import type { FileSearch } from './search.ts';
import { Snapshot } from './snapshot.ts';
import type { TaskIndex } from './task-index.ts';

/** How long a program that writes in place may leave the file half written before we call it broken. */
const settleMs = 100;
const settlePauseMs = 20;

const defaultPatienceMs = 10_000;

type Outcome<T> = { isOfOneVersion: boolean } & ({ result: T; snapshot: Snapshot } | { error: unknown });

export interface FileSettings {
  /** Keep an index between calls: what a server does, and a command that asks once does not. Default: true. */
  keepsIndex?: boolean;
  /** How long a call tries again because other programs write into the file. Default: 10 s. */
  patienceMs?: number;
  /** Helps to search a large file, in another thread. */
  runHelper?: FileSearch['runHelper'];
}

/**
 * A task file on disk, of which an index is kept between calls. What is kept counts only while the file's stamps are
 * those of the version that was read; and where that version was so young that a further change might bear the same
 * stamps, the file is read once more.
 */
export class TaskFile {
  readonly name: string;
  /** How long a call tries again because somebody writes into the file meanwhile. */
  readonly patienceMs: number;
  readonly #keepsIndex: boolean;
  readonly #runHelper: FileSettings['runHelper'];
  #known: { version: FileVersion; index: TaskIndex; isFresh: boolean } | undefined;

  constructor(name: string, { keepsIndex = true, patienceMs = defaultPatienceMs, runHelper }: FileSettings) {
    this.name = name;
    this.patienceMs = patienceMs;
    this.#keepsIndex = keepsIndex;
    this.#runHelper = runHelper;
  }

  /**
   * Runs `work` over one version of the file; again where somebody wrote into it meanwhile. Programs that write in
   * place leave a file broken for a moment: that moment is waited for.
   * @throws TASKS_MISSING, FILE_FAILED, TASKS_INVALID, TASKS_BUSY, and what `work` throws
   */
  async read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.readThen(work, async (result) => result);
  }

  /** As `read`, and then runs `finish`, once, over the same version. */
  async readThen<T, U>(
    work: (snapshot: Snapshot) => Promise<T>,
    finish: (result: T, version: { snapshot: Snapshot; opened: OpenedFile }) => Promise<U>,
  ): Promise<U> {
    const startedAtMs = performance.now();
    for (;;) {
      const opened = await this.#open();
      try {
        const outcome = await this.#try(opened, work);
        if (outcome.isOfOneVersion) {
          if ('result' in outcome)
            return await finish(outcome.result, { snapshot: outcome.snapshot, opened });
          // Broken, and nobody is writing: perhaps somebody is about to go on.
          if (!isBroken(outcome.error) || performance.now() - startedAtMs >= settleMs) throw outcome.error;
        }
      } finally {
        await opened.close();
      }
      if (performance.now() - startedAtMs >= this.patienceMs) throw this.#restless();
      await sleep(Math.random() * settlePauseMs);
    }
  }

  /** What `work` made of a version of the file, and whether it was one: nobody wrote into it meanwhile. */
  async #try<T>(opened: OpenedFile, work: (snapshot: Snapshot) => Promise<T>): Promise<Outcome<T>> {
    try {
      const snapshot = await this.#snapshotOf(opened);
      const result = await work(snapshot);
      return { result, snapshot, isOfOneVersion: await opened.isUnchanged() };
    } catch (error) {
      return { error, isOfOneVersion: await opened.isUnchanged() };
    }
  }

  #restless(): DevopsError {
    return new DevopsError(
      'TASKS_BUSY',
      `other programs keep writing into ${this.name}; it could not be read whole`,
      {
        remedy: 'Try again when they are done.',
      },
    );
  }

  /** @throws TASKS_MISSING, FILE_FAILED */
  async assertExists(): Promise<void> {
    await (await this.#open()).close();
  }

  /** Keeps an index as that of a version which we wrote ourselves; without one, nothing is kept. */
  keep(known: { version: FileVersion; index: TaskIndex; isFresh: boolean } | undefined): void {
    this.#known = this.#keepsIndex ? known : undefined;
  }

  async #snapshotOf(opened: OpenedFile): Promise<Snapshot> {
    const { version, isFresh } = opened;
    const isKnown = this.#known?.version === version && !this.#known.isFresh;
    const index = isKnown ? this.#known?.index : undefined;
    const instant = this.#keepsIndex ? undefined : instantSource(opened); // a server has others to answer meanwhile
    const snapshot = new Snapshot(opened, this.name, { index, runHelper: this.#runHelper, instant });
    if (isKnown) opened.readInParts();
    if (isKnown || !this.#keepsIndex) return snapshot;
    const fresh = await snapshot.index();
    if (await opened.isUnchanged()) this.#known = { version, index: fresh, isFresh };
    return snapshot;
  }

  async #open(): Promise<OpenedFile> {
    const opened = await OpenedFile.open(this.name).catch((error: unknown) => {
      throw fileFailed('read', this.name, error);
    });
    if (opened) return opened;
    throw new DevopsError('TASKS_MISSING', `there is no task file at ${this.name}`, {
      remedy: 'Run `devops-engineer init` to create one, or set "tasks" in devops.yaml to the file you use.',
    });
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof DevopsError && error.code === 'TASKS_INVALID';
}

export function fileFailed(verb: 'read' | 'write', file: string, error: unknown): DevopsError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DevopsError('FILE_FAILED', `cannot ${verb} ${file}: ${reason}`, {
    remedy: `Let this user ${verb} the file and its folder.`,
    cause: error,
  });
}
