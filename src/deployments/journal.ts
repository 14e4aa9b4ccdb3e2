import { redactAll } from '../operations/redaction/index.ts';
import { timestamp } from '../platform/clock.ts';
import type { State } from '../platform/database.ts';
import type { StepRow } from '../platform/tables.ts';
import { DeploymentFailed, type Failure, failureOf, Suspended } from './failure.ts';
import type { LogSink } from './targets/types.ts';

/**
 * The journal of one deployment: what was begun and what is done. A step that is done is never run again, however
 * often the workflow starts over; one that was only begun is run again, so every effect must be repeatable.
 */
export class Journal {
  readonly #state: State;
  readonly #deploymentId: string;
  readonly #log: LogSink;
  /** Name of the step that is under way, for failure reports. */
  current = 'start';

  constructor(state: State, deploymentId: string, log: LogSink) {
    this.#state = state;
    this.#deploymentId = deploymentId;
    this.#log = log;
  }

  async step<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.current = name;
    const known = await this.#find(name);
    if (known?.state === 'done') return JSON.parse(known.result ?? 'null') as T;
    // What was found bad stays bad: a second try after a crash must not overrule it.
    if (known?.state === 'failed') throw new DeploymentFailed(JSON.parse(known.result ?? '{}') as Failure);
    await this.#begin(name);
    this.#log(`[${name}] begins`);
    try {
      const result = await run();
      await this.#end(name, 'done', result);
      this.#log(`[${name}] done`);
      return result;
    } catch (error) {
      if (error instanceof Suspended) throw error;
      await this.#end(name, 'failed', failureOf(error, name));
      this.#log(`[${name}] failed: ${(error as Error).message}`);
      throw error;
    }
  }

  /** Whether the step was ever begun: its effect may be there, whole or in part. */
  async wasBegun(name: string): Promise<boolean> {
    return (await this.#find(name)) !== undefined;
  }

  /** Whether any step of such a name was ever begun. */
  async someBegun(isMeant: (name: string) => boolean): Promise<boolean> {
    const steps = await this.#state.read
      .selectFrom('steps')
      .select('name')
      .where('deployment_id', '=', this.#deploymentId)
      .execute();
    return steps.some(({ name }) => isMeant(name));
  }

  async #find(name: string): Promise<StepRow | undefined> {
    return this.#state.read
      .selectFrom('steps')
      .selectAll()
      .where('deployment_id', '=', this.#deploymentId)
      .where('name', '=', name)
      .executeTakeFirst();
  }

  async #begin(name: string): Promise<void> {
    await this.#state.change(async (writer) => {
      const { position } = await writer
        .selectFrom('steps')
        .select(({ fn }) => fn.count<number>('name').as('position'))
        .where('deployment_id', '=', this.#deploymentId)
        .executeTakeFirstOrThrow();
      await writer
        .insertInto('steps')
        .values({
          deployment_id: this.#deploymentId,
          position,
          name,
          state: 'running',
          started_at: timestamp(),
          finished_at: null,
          result: null,
        })
        .onConflict((same) => same.doUpdateSet({ state: 'running', finished_at: null }))
        .execute();
    });
  }

  async #end(name: string, state: 'done' | 'failed', result: unknown): Promise<void> {
    await this.#state.change(async (writer) => {
      // What went wrong is told in words of others; a result is what later steps go on with, to the last character.
      const kept = state === 'failed' ? redactAll(result, writer.redact) : result;
      await writer
        .updateTable('steps')
        .set({ state, finished_at: timestamp(), result: JSON.stringify(kept ?? null) })
        .where('deployment_id', '=', this.#deploymentId)
        .where('name', '=', name)
        .execute();
    });
  }
}
