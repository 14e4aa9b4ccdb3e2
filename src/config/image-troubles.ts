import type { Trouble } from './issues.ts';
import type { Config, TargetConfig } from './schema.ts';

/** What runs in a container is an image, and production runs the very one that was proven before it. Pure. */
export function imageTroubles({ artifact, environments }: Config): Trouble[] {
  const isReference = artifact.path === '-';
  const troubles: Trouble[] = [];
  if (isReference && artifact.build === undefined) {
    troubles.push({
      path: ['artifact', 'path'],
      message:
        '"-" is what artifact.build prints, and there is no build; add one that ends with name@sha256:…',
    });
  }
  for (const [name, { after, target }] of Object.entries(environments)) {
    const at = (...rest: string[]) => ['environments', name, 'target', ...rest];
    if (target.kind === 'process' && isReference) {
      troubles.push({
        path: at('kind'),
        message:
          'a process runs files, and the artifact is the reference of an image (artifact.path is "-"); use a container or compose target',
      });
    }
    if (target.kind === 'kubernetes' && !isReference) {
      troubles.push({
        path: at('kind'),
        message:
          'a kubernetes target runs an image that a registry has: let artifact.build print its reference and set artifact.path to "-"',
      });
    }
    if (!runsImages(target)) continue;
    if (isReference && target.dockerfile !== undefined) {
      troubles.push({
        path: at('dockerfile'),
        message:
          'has nothing to build from: the artifact is the reference of an image (artifact.path is "-")',
        atKey: true,
      });
    }
    if (!isReference && target.dockerfile === undefined) {
      troubles.push({
        path: at('dockerfile'),
        message:
          'is missing: a container needs an image. Name the Dockerfile in the artifact, or let artifact.build print the reference of an image and set artifact.path to "-"',
      });
    }
    const before = after === undefined ? undefined : environments[after]?.target;
    if (before === undefined || !runsImages(before) || isReference) continue;
    for (const field of ['dockerfile', 'repository'] as const) {
      if (before[field] === target[field]) continue;
      troubles.push({
        path: at(field),
        message: `differs from that of ${after} (${before[field] ?? 'none'}): ${name} would run an image that ${after} never proved`,
      });
    }
  }
  return troubles;
}

type ImageTarget = Extract<TargetConfig, { kind: 'container' | 'compose' }>;

const runsImages = (target: TargetConfig): target is ImageTarget =>
  target.kind === 'container' || target.kind === 'compose';
