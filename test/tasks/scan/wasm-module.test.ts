import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileScanner, target } from '../../../scripts/build-scanner.mjs';
import { openWasmWalker } from '../../../src/tasks/scan/wasm-walker.ts';

test('the committed module is what the source compiles to', { timeout: 120_000 }, async () => {
  expect(readFileSync(target, 'utf8') === (await compileScanner()), 'run `npm run generate`').toBe(true);
});

test('this runtime runs it', () => {
  expect(openWasmWalker()).toBeDefined();
});
