import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous: a machine that is busy with other work makes every process start slowly, and that is no failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Two cores: more workers than that only make the timing-sensitive deployments flaky.
    maxWorkers: 2,
  },
});
