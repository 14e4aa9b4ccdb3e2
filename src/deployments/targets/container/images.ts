import type { ContainerTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { type ContainerClient, complaintOf, withAlgorithm } from '../../../platform/container-client.ts';
import { digestOfFile } from '../../../platform/digest.ts';
import { withFileLock } from '../../../platform/file-lock.ts';
import { exists, path, readTextIfExists, removeFile, replaceFile } from '../../../platform/files.ts';
import { makeFolder, pruneReleases, removeFolder, unpackRelease } from '../../../platform/release-folders.ts';
import { imageReferenceOf } from '../../image-reference.ts';
import type { Artifact, LogSink, Release } from '../types.ts';

/** Which image an artifact is: pulled by its digest, or built once. */

export interface Image {
  /** `sha256:<hex>`: what containers are made of. */
  id: string;
  /** `name@sha256:<hex>` where a registry has it. */
  reference?: string;
}

/** Beside the artifact, so that all environments run the image that the first of them built. */
interface ImageRecord extends Image {
  /** What it was built by: with another Dockerfile it would be another image. */
  dockerfile?: string;
}

export interface ImagesSettings {
  config: Pick<ContainerTargetConfig, 'docker' | 'dockerfile' | 'repository' | 'timeout'>;
  client: ContainerClient;
  stateDir: string;
  /** Names the images of this target among others of the same Docker. */
  targetId: string;
}

export interface Images {
  /** The name under which a release's image is kept, which is ours alone. */
  nameFor(releaseId: string): string;
  /**
   * Gets the image of a release here and keeps it for that release.
   * @throws TARGET_FAILED when it cannot be had, or is not what was proven
   */
  ensure(release: Release, log: LogSink): Promise<Image>;
  /** Why the release's very image cannot be had, or undefined when it is here. Builds nothing. */
  obstacle(release: Release): Promise<string | undefined>;
  /** Lets go of the images of all other releases. */
  prune(kept: ReadonlySet<string>, log: LogSink): Promise<void>;
}

export function openImages({ config, client, stateDir, targetId }: ImagesSettings): Images {
  const kept = `devops-engineer/${targetId}`;
  const nameFor = (releaseId: string) => `${kept}:${releaseId}`;
  const buildsDir = path.join(stateDir, 'builds');

  async function locate(artifact: Artifact): Promise<ImageRecord | undefined> {
    if (await exists(artifact.path)) {
      const digest = await digestOfFile(artifact.path);
      if (digest !== artifact.digest)
        throw new Error(`its artifact was changed: ${digest} instead of ${artifact.digest}`);
    }
    const record = await readRecord(artifact);
    if (record && record.dockerfile === config.dockerfile) return record;
    if (record)
      throw new Error(
        `its image was built by ${record.dockerfile ?? 'its own build'}, not by ${config.dockerfile ?? 'that'}`,
      );
    if (!(await exists(artifact.path))) throw new Error(`its artifact ${artifact.digest} is no longer kept`);
    if (config.dockerfile !== undefined) return undefined; // not built yet
    const reference = await imageReferenceOf(artifact);
    if (reference === undefined)
      throw new Error(
        'its artifact is no reference of an image, and target.dockerfile names nothing to build one',
      );
    return { id: '', reference };
  }

  /** The image is here afterwards. */
  async function fetchImage({ id, reference }: ImageRecord, log: LogSink): Promise<Image> {
    const here = await client.imageId(id === '' ? String(reference) : id);
    if (here !== undefined) return { id: here, ...(reference !== undefined && { reference }) };
    if (reference === undefined) {
      throw new DevopsError(
        'TARGET_FAILED',
        `its image ${id} is not here: it was deleted, or built by another Docker`,
        {
          remedy: `Bring it here ("docker save" and "docker load"), or set target.repository for images that are built from now on.`,
        },
      );
    }
    log(`$ ${config.docker} pull ${reference}`);
    const outcome = await client.run(['pull', '--quiet', reference], { timeoutMs: config.timeout });
    if (outcome.exitCode !== 0)
      throw new Error(`its image ${reference} cannot be pulled: ${complaintOf(outcome)}`);
    const pulled = await client.imageId(reference);
    if (pulled === undefined) throw new Error(`its image ${reference} is not here after it was pulled`);
    if (id !== '' && pulled !== id)
      throw new Error(`its image ${reference} is ${pulled}, and ${id} was proven`);
    return { id: pulled, reference };
  }

  async function build(release: Release, dockerfile: string, log: LogSink): Promise<ImageRecord> {
    await pruneReleases(buildsDir, new Set()); // what killed runs left; folders of those that live stay
    const name = `${release.id}.${process.pid}.tmp`;
    const context = await unpackRelease(release.artifact, buildsDir, name);
    try {
      await removeFile(path.join(context, '.devops-release')); // ours, not part of the artifact
      if (!(await exists(path.join(context, dockerfile))))
        throw new Error(`there is no ${dockerfile} in the artifact`);
      const idFile = path.join(stateDir, `${release.id}.iid`);
      const parameters = ['build', '--iidfile', idFile, '--file', path.join(context, dockerfile), context];
      log(`$ ${config.docker} ${parameters.join(' ')}`);
      const outcome = await client.run(parameters, { timeoutMs: config.timeout, onLine: log });
      if (outcome.exitCode !== 0) throw new Error(`its image cannot be built: ${complaintOf(outcome)}`);
      const id = withAlgorithm(((await readTextIfExists(idFile)) ?? '').trim());
      await removeFile(idFile);
      const reference =
        config.repository === undefined ? undefined : await push(release, id, config.repository, log);
      return { id, dockerfile, ...(reference !== undefined && { reference }) };
    } finally {
      await removeFolder(context);
    }
  }

  /** @returns the reference by which the registry has it */
  async function push(release: Release, id: string, repository: string, log: LogSink): Promise<string> {
    const tag = `${repository}:${release.artifact.digest.replace('sha256:', '').slice(0, 12)}`;
    await must(['tag', id, tag]);
    log(`$ ${config.docker} push ${tag}`);
    await must(['push', tag], config.timeout);
    const listed = await must([
      'image',
      'inspect',
      '--format',
      '{{range .RepoDigests}}{{println .}}{{end}}',
      id,
    ]);
    const reference = listed.split('\n').find((line) => line.startsWith(`${repository}@sha256:`));
    if (reference === undefined)
      throw new Error(`${repository} did not say under which digest it has the image`);
    return reference.trim();
  }

  async function must(parameters: string[], timeoutMs?: number): Promise<string> {
    const outcome = await client.run(parameters, timeoutMs === undefined ? {} : { timeoutMs });
    if (outcome.exitCode === 0) return Buffer.from(outcome.stdout).toString('utf8');
    throw new Error(`"${config.docker} ${parameters[0]}" failed: ${complaintOf(outcome)}`);
  }

  return {
    nameFor,
    async ensure(release, log) {
      await makeFolder(stateDir);
      try {
        const file = recordFile(release.artifact);
        return await withFileLock(
          file,
          async () => {
            const known = await locate(release.artifact);
            // A name of ours: no "docker image prune" of somebody else takes what a rollback needs.
            const name = nameFor(release.id);
            if (known && known.id !== '' && (await client.imageId(name)) === known.id) return known;
            const record = known ?? (await build(release, String(config.dockerfile), log));
            const image = await fetchImage(record, log);
            if (record.id !== image.id || !known) {
              await replaceFile(file, JSON.stringify({ ...record, ...image } satisfies ImageRecord));
            }
            await must(['tag', image.id, name]);
            return image;
          },
          { timeoutMs: config.timeout },
        );
      } catch (error) {
        if (error instanceof DevopsError) throw error;
        throw new DevopsError('TARGET_FAILED', `${release.version} cannot run: ${(error as Error).message}`, {
          remedy: `Mend that, or bring a fixed commit; ${release.version} runs only as the image that was proven.`,
          cause: error,
        });
      }
    },
    async obstacle(release) {
      try {
        const record = await locate(release.artifact);
        if (!record) return 'its image was never built';
        await fetchImage(record, () => undefined);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    async prune(releases, log) {
      const listed = await client.run(['image', 'ls', '--format', '{{.Tag}} {{.ID}}', '--no-trunc', kept]);
      if (listed.exitCode !== 0) return;
      for (const line of Buffer.from(listed.stdout).toString('utf8').trim().split('\n')) {
        const [tag, id] = line.split(' ');
        if (tag === undefined || id === undefined || releases.has(tag)) continue;
        log(`deletes the image of ${tag}`);
        await client.run(['image', 'rm', nameFor(tag)]);
        // Pulled by digest only, it has no other name; with one, somebody else wants it.
        const names = await client.run(['image', 'inspect', '--format', '{{len .RepoTags}}', id]);
        if (Buffer.from(names.stdout).toString('utf8').trim() === '0') await client.run(['image', 'rm', id]);
      }
    },
  };
}

function recordFile({ path: file }: Artifact): string {
  return file.replace(/\.tar$/, '.image.json');
}

async function readRecord(artifact: Artifact): Promise<ImageRecord | undefined> {
  const text = await readTextIfExists(recordFile(artifact));
  return text === undefined ? undefined : (JSON.parse(text) as ImageRecord);
}
