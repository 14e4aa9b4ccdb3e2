import { DevopsError } from '../../errors.ts';

/** For targets whose platform replaces instances by itself: what several of them say, and that none is ended by us. */

export interface RunningInstance {
  name: string;
  releaseId?: string | undefined;
  /** By its own word, or its label. */
  serves?: string | undefined;
}

/**
 * What all serve with one voice. Where they do not agree, the version is a sentence that names them, which is nobody's
 * version.
 */
export function agreed(
  running: readonly RunningInstance[],
): { releaseId?: string; version?: string } | undefined {
  const [first] = running;
  if (!first) return undefined;
  const { releaseId, serves: version } = first;
  if (running.some((one) => one.releaseId !== releaseId || one.serves !== version)) {
    return {
      version: `mixed: ${running.map(({ name, serves }) => `${name} ${serves ?? 'unknown'}`).join('; ')}`,
    };
  }
  return { ...(releaseId !== undefined && { releaseId }), ...(version !== undefined && { version }) };
}

/** A release that was replaced is gone; only one that is still live could be meant by mistake. @throws TARGET_FAILED */
export function refuseLive(
  running: readonly RunningInstance[],
  { id, version }: { id: string; version: string },
  environment: string,
): void {
  const live = running.find(({ releaseId }) => releaseId === id);
  if (!live) return;
  throw new DevopsError('TARGET_FAILED', `${version} is live as ${live.name} and is not ended`, {
    remedy: `Deploy or roll back ${environment} to another release first.`,
  });
}
