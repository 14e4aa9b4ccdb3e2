import { evidenceFormats } from '../evidence/index.ts';
import type { EvidenceKind } from '../evidence/types.ts';

/** What each report format can prove. `vitest` is another name of `jest`. */
export const detectedKinds: Readonly<Record<string, EvidenceKind>> = {
  ...Object.fromEntries(evidenceFormats.map(({ name, kind }) => [name, kind])),
  vitest: 'tests',
};
