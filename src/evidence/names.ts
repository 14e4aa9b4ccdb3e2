import type { EvidenceKind } from './types.ts';

/**
 * Every report format by name, with what it can prove: all that a configuration asks about them. Apart from the readers,
 * whose parsers and schemas are worth a fifth of a runner's memory. Pure.
 */

export const formatKinds = {
  junit: 'tests',
  trx: 'tests',
  jest: 'tests',
  mocha: 'tests',
  'mocha-json-stream': 'tests',
  playwright: 'tests',
  ctrf: 'tests',
  'go-test': 'tests',
  'node-test': 'tests',
  sarif: 'findings',
  'npm-audit': 'findings',
  trivy: 'findings',
  grype: 'findings',
  'osv-scanner': 'findings',
  cyclonedx: 'findings',
  lcov: 'coverage',
  cobertura: 'coverage',
  istanbul: 'coverage',
  autocannon: 'metrics',
  k6: 'metrics',
  artillery: 'metrics',
  lighthouse: 'metrics',
  wrk: 'metrics',
  metrics: 'metrics',
  tap: 'tests',
  exitCode: 'tests',
} as const satisfies Record<string, EvidenceKind>;

export type FormatName = keyof typeof formatKinds;

/** Other names under which a format may be declared. */
export const aliases: Readonly<Record<string, FormatName>> = {
  'junit-xml': 'junit',
  xunit: 'junit',
  surefire: 'junit',
  vitest: 'jest',
  'vitest-json': 'jest',
  'jest-json': 'jest',
  'mocha-json': 'mocha',
  'playwright-json': 'playwright',
  'ctrf-json': 'ctrf',
  go: 'go-test',
  gotest: 'go-test',
  gotestsum: 'go-test',
  'node:test': 'node-test',
  vstest: 'trx',
  mstest: 'trx',
  'sarif-json': 'sarif',
  npm: 'npm-audit',
  'pnpm-audit': 'npm-audit',
  osv: 'osv-scanner',
  'cyclonedx-json': 'cyclonedx',
  'coverage-summary': 'istanbul',
  'istanbul-summary': 'istanbul',
  nyc: 'istanbul',
  c8: 'istanbul',
  'k6-summary': 'k6',
  'k6-json': 'k6',
  'lighthouse-ci': 'lighthouse',
  lhci: 'lighthouse',
  wrk2: 'wrk',
};
