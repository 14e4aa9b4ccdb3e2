import type { TargetConfig } from '../../config/schema.ts';
import { openCommandTarget } from './command.ts';
import { openComposeTarget } from './compose.ts';
import { openContainerTarget } from './container.ts';
import { openKubernetesTarget } from './kubernetes.ts';
import { openProcessTarget } from './process.ts';
import { openSshTarget } from './ssh.ts';
import type { Target, TargetSettings } from './types.ts';

type Kind = TargetConfig['kind'];
type Opener<K extends Kind> = (settings: TargetSettings<Extract<TargetConfig, { kind: K }>>) => Target;

/** Every kind of place to deploy to; adding one means adding its file, its schema and this line. */
const openers: { [K in Kind]: Opener<K> } = {
  process: openProcessTarget,
  command: openCommandTarget,
  ssh: openSshTarget,
  container: openContainerTarget,
  compose: openComposeTarget,
  kubernetes: openKubernetesTarget,
};

export const targetKinds = Object.keys(openers) as readonly Kind[];

/** The target of an environment, by the kind that its policy names. Touches nothing yet. */
export function openTarget(settings: TargetSettings<TargetConfig>): Target {
  return (openers[settings.config.kind] as Opener<Kind>)(settings as never);
}
