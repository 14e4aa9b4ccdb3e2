import type { KubernetesTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { openRepository } from '../../../platform/git.ts';
import type { Release } from '../types.ts';
import type { ClusterClient } from './client.ts';
import type { ReleaseForm } from './form.ts';
import { patchOf, withRelease } from './objects.ts';
import type { Rollouts } from './rollouts.ts';

const maxManifestBytes = 4 * 1024 ** 2;

/** The manifest of the release's commit, or a change of the Deployment that is in the cluster. */
export function openManifest({
  config,
  projectDir,
  kubectl,
  rollouts,
}: {
  config: KubernetesTargetConfig;
  projectDir: string;
  kubectl: ClusterClient;
  rollouts: Rollouts;
}): ReleaseForm {
  const { manifest: file, deployment } = config;

  async function textOf({ commit, version }: Release): Promise<string | undefined> {
    if (file === undefined) return undefined;
    const repository = await openRepository(projectDir);
    const text = await repository.readFile(commit, file, maxManifestBytes);
    if (text !== undefined) return text;
    throw new DevopsError('TARGET_FAILED', `there is no ${file} in ${version}`, {
      remedy: 'Commit it, or set target.manifest in devops.yaml to what there is.',
    });
  }

  return {
    changesWhatIsThere: file === undefined,
    async hand(release, objects, { isDryRun, replicas: { told, before }, log }) {
      const text = await textOf(release);
      if (text === undefined) await rollouts.must();
      const wanted = { ...objects, replicas: told ?? before };
      const patch = ['patch', 'deployment', deployment, '--type', 'strategic', '--patch'];
      const change = text === undefined ? [...patch, patchOf(wanted)] : ['apply', '--filename', '-'];
      const options = { log, ...(text !== undefined && { input: withRelease(text, wanted) }) };
      if (isDryRun) await kubectl.must([...change, '--dry-run=server'], options);
      else await kubectl.change(change, options);
    },
    async mustBeThere(release) {
      await textOf(release);
    },
    problems: async () => [],
  };
}
