import { junit } from './junit.ts';
import { readNodeEvents } from './node-test-events.ts';
import { peek } from './peek.ts';
import { tap } from './tap.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat } from './unreadable.ts';

const headBytes = 4096;

/**
 * What `node --test` writes, by whichever reporter: `tap` and `junit`, which are then the formats recorded, or a line
 * of JSON per event, as people's own reporters write them. The JUnit reporter leaves out failures of parents and
 * hooks; TAP is the better choice.
 */
export const nodeTest: EvidenceFormat = evidenceFormat({
  name: 'node-test',
  kind: 'tests',
  title: 'node:test',
  detect: (head) => /^\s*\{"type":"test:[a-z:]+","data":/.test(head),
  async read(report, run) {
    const { head, whole } = await peek(report, headBytes);
    const [first] = head.trimStart();
    if (first === '{') return await readNodeEvents(whole);
    return await (first === '<' ? junit : tap).read(whole, run);
  },
});
