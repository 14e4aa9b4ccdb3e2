import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/temporary-folder.ts'],
    include: ['test/**/*.test.ts'],
    // Generous: a machine that is busy with other work makes every process start slowly, and that is no failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Two cores: more workers than that only make the timing-sensitive deployments flaky.
    maxWorkers: 2,
    // A worker keeps what it has loaded: to load the house anew for each of 150 files takes longer than most of them run.
    isolate: false,
  },
});
