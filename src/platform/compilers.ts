import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from optimising what runs: its optimising compilers take 7 MB, and a command that ends within a second has
 * as good as nothing of what they make. Only ever for such a command: what runs longer would run several times as long.
 * https://v8.dev/docs/wasm-compilation-pipeline
 */
export function doWithoutOptimizing(): void {
  setFlagsFromString('--liftoff-only');
  setFlagsFromString('--no-opt');
}
