import { aliases, evidenceFormats } from '../evidence/index.ts';
import type { EvidenceKind } from '../evidence/types.ts';

/** What each report format can prove, by every name that it may be declared under. */
export const detectedKinds: Readonly<Record<string, EvidenceKind>> = Object.fromEntries([
  ...evidenceFormats.map(({ name, kind }) => [name, kind]),
  ...Object.entries(aliases).map(([name, { kind }]) => [name, kind]),
]);
