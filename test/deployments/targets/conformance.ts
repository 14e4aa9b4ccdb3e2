import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Release, Target } from '../../../src/deployments/targets/types.ts';
import { callOf } from './releases.ts';

/** What the workflow relies on, of whatever kind a target is. One life of a target, told in order. */

export interface Specimen {
  target: Target;
  one: Release;
  two: Release;
  /** What every instance of the service answers at this moment. */
  served(): Promise<(string | undefined)[]>;
  destroy(): Promise<void>;
}

export function conforms(kind: string, create: () => Promise<Specimen>): void {
  describe(`the ${kind} target keeps what every target promises`, () => {
    let specimen: Specimen;
    let target: Target;
    let one: Release;
    let two: Release;
    beforeAll(async () => {
      specimen = await create();
      ({ target, one, two } = specimen);
    });
    afterAll(() => specimen?.destroy());

    const everywhere = (version: string) =>
      expect.poll(async () => [...new Set(await specimen.served())], { timeout: 10_000 }).toEqual([version]);
    const liveVersion = async () => (await target.live())?.version;

    test('it can work here, and nothing is live before anything was', async () => {
      expect(target.kind).toBe(kind);
      expect(await target.problems()).toEqual([]);
      expect(await target.live()).toBeUndefined();
    });

    test('a release that is activated is served everywhere, and twice is once', async () => {
      await target.activate(one, callOf(1));
      await target.activate(one, callOf(1));
      expect(await liveVersion()).toBe('one');
      await everywhere('one');
    });

    test('staging touches nothing that is live', async () => {
      const { url } = await target.stage(two, callOf(2, one));
      expect(url === undefined).toBe(!target.capabilities.stage);
      if (url !== undefined) expect(await (await fetch(url)).text()).toBe('two');
      expect(await liveVersion()).toBe('one');
      await everywhere('one');
    });

    test('a part of the traffic, or of the instances, makes a release not the live one', async () => {
      const { weights, batches } = target.capabilities;
      expect([
        target.shift !== undefined,
        target.advance !== undefined,
        target.serving !== undefined,
      ]).toEqual([weights, batches, batches]);
      if (weights) {
        await target.shift?.(two, 50, callOf(2, one));
        expect(await liveVersion()).toBe('one');
      }
      if (batches) {
        await target.advance?.(two, 1, callOf(2, one));
        expect(await target.serving?.(two)).toBe(1);
        expect(await liveVersion()).not.toBe('two');
      }
    });

    test('the switch, and what is live is not retired', async () => {
      await target.activate(two, callOf(2, one));
      expect(await liveVersion()).toBe('two');
      await everywhere('two');
      if (kind !== 'command') {
        await expect(target.retire(two, callOf(2, one))).rejects.toMatchObject({ code: 'TARGET_FAILED' });
      }
      await target.retire(one, callOf(2, one));
      await target.retire(one, callOf(2, one));
      await everywhere('two');
    });

    test('whoever was overtaken changes nothing', async () => {
      const late = callOf(1);
      const effects: Record<string, () => Promise<unknown> | undefined> = {
        activate: () => target.activate(one, late),
        restore: () => target.restore(one, late),
        shift: () => target.shift?.(one, 50, late),
        advance: () => target.advance?.(one, 1, late),
        ...(target.capabilities.stage && { stage: () => target.stage(one, late) }),
        stop: () => target.stop(late),
      };
      for (const [name, effect] of Object.entries(effects)) {
        const running = effect();
        if (running) await expect(running, name).rejects.toMatchObject({ code: 'TARGET_FAILED' });
      }
      expect(await liveVersion()).toBe('two');
      await everywhere('two');
    });

    test('the release before comes back, and twice is once', async () => {
      expect(await target.notRestorable(one)).toBeUndefined();
      await target.restore(one, callOf(3, two));
      await target.restore(one, callOf(3, two));
      expect(await liveVersion()).toBe('one');
      await everywhere('one');
    });

    test('what was pruned around is still there, and what is neither here nor there is not promised', async () => {
      await target.prune({ releases: [one, two], inUse: [] }, callOf(3, two));
      expect(await target.notRestorable(two)).toBeUndefined();
      await everywhere('one');
      const file = path.join(path.dirname(one.artifact.path), 'changed.tar');
      await fs.writeFile(file, 'not what it was');
      const stranger = { ...two, id: 'deployment-never', artifact: { ...two.artifact, path: file } };
      if (two.artifact.digest.startsWith('sha256:'))
        expect(await target.notRestorable(stranger)).toEqual(expect.any(String));
    });

    test('as many instances as were asked for, then and with the release that follows, or it says that it cannot', async () => {
      expect([target.scale !== undefined, target.replicas !== undefined]).toEqual(
        Array(2).fill(target.capabilities.scale),
      );
      if (!target.scale) return;
      await target.scale('web', 2, callOf(3, one));
      await target.scale('web', 2, callOf(3, one));
      expect(await target.replicas?.('web')).toBe(2);
      expect(await specimen.served()).toEqual(['one', 'one']);
      await expect(target.scale('web', 1, callOf(1, one))).rejects.toMatchObject({ code: 'TARGET_FAILED' });
      await target.activate(two, callOf(4, one));
      await expect.poll(() => specimen.served()).toEqual(['two', 'two']);
      await target.activate(one, callOf(4, two));
      await expect(target.scale('no-such', 2, callOf(4, one))).rejects.toMatchObject({
        code: 'TARGET_FAILED',
      });
      await target.scale('web', 1, callOf(4, one));
      await expect.poll(() => specimen.served()).toEqual(['one']);
    }, 180_000);

    test('its last lines can be asked for, with or without there being any', async () => {
      const lines = await target.releaseLog(one, 5);
      expect(lines.length).toBeLessThanOrEqual(5 * target.instances); // of each
      expect(lines.length > 0 || !target.capabilities.logs).toBe(true);
    });

    test('out of service nothing is live, or it says that it cannot', async () => {
      if (kind === 'command') {
        await expect(target.stop(callOf(4, one))).rejects.toMatchObject({ code: 'TARGET_FAILED' });
        return;
      }
      await target.stop(callOf(4, one));
      await target.stop(callOf(4, one));
      expect(await target.live()).toBeUndefined();
    });
  });
}
