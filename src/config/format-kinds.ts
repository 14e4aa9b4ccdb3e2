import { aliases, evidenceFormats } from '../evidence/index.ts';
import type { EvidenceKind } from '../evidence/types.ts';
import type { StatementConfig } from './producers.ts';

/** What each report format can prove, by every name that it may be declared under. */
export const detectedKinds: Readonly<Record<string, EvidenceKind>> = Object.fromEntries([
  ...evidenceFormats.map(({ name, kind }) => [name, kind]),
  ...Object.entries(aliases).map(([name, { kind }]) => [name, kind]),
]);

/** What each kind of foreign statement can prove. */
export const statementKinds: Readonly<Record<StatementConfig['kind'], EvidenceKind>> = {
  testResult: 'tests',
  vulnerabilities: 'findings',
  provenance: 'tests',
};
