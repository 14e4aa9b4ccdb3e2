import { configDefaults, defineConfig } from 'vitest/config';
import { ProgramsFirst } from './test/sequence.ts';

/** What starts servers for long, kills or loads them, or attacks what they keep: a run of its own, so that the other one stays short. */
const servers = [
  'test/audit/bundle/*.test.ts',
  'test/audit/tampering.test.ts',
  'test/deployments/targets/*.test.ts',
  'test/e2e/*-target.test.ts',
  'test/e2e/*-servers.test.ts',
  'test/e2e/{canary,notices,survival}.test.ts',
  'test/examples/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/redteam/**/*.test.ts',
  'test/tools/scale-service.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/temporary-folder.ts'],
    // Generous: a machine that is busy with other work makes every process start slowly, and that is no failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Two cores: more workers than that only make the timing-sensitive deployments flaky.
    maxWorkers: 2,
    // A worker keeps what it has loaded: to load the house anew for each of 150 files takes longer than most of them run.
    isolate: false,
    sequence: { sequencer: ProgramsFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'house',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...servers],
        },
      },
      { extends: true, test: { name: 'servers', include: servers } },
    ],
  },
});
