// A whole switch of a container target in a process of its own, so that a test can kill it at any moment.
import { writeFileSync } from 'node:fs';
import { openContainerTarget } from '../../src/deployments/targets/container.ts';
import { callOf } from '../deployments/targets/releases.ts';

const { settings, release, previous, fence, pidFile } = JSON.parse(process.argv[2] ?? '{}');
writeFileSync(pidFile, String(process.pid));
const target = openContainerTarget(settings);
const call = callOf(fence, previous);
await target.stage(release, call);
await target.activate(release, call);
await target.retire(previous, call);
await target.prune({ releases: [release, previous], inUse: [] }, call);
console.log('ended');
