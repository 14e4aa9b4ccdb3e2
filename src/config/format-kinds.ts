import { aliases, formatKinds } from '../evidence/names.ts';
import type { EvidenceKind } from '../evidence/types.ts';
import type { StatementConfig } from './producers.ts';

/** What each report format can prove, by every name that it may be declared under. */
export const detectedKinds: Readonly<Record<string, EvidenceKind>> = {
  ...formatKinds,
  ...Object.fromEntries(Object.entries(aliases).map(([name, format]) => [name, formatKinds[format]])),
};

/** What each kind of foreign statement can prove. */
export const statementKinds: Readonly<Record<StatementConfig['kind'], EvidenceKind>> = {
  testResult: 'tests',
  vulnerabilities: 'findings',
  provenance: 'tests',
};
