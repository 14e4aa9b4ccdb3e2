import { bom, evidenceOf } from './cyclonedx-bom.ts';
import { readXmlBom } from './cyclonedx-xml.ts';
import { jsonFormat } from './json-report.ts';
import { peek } from './peek.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat } from './unreadable.ts';
import { rootElementOf } from './xml-report.ts';

const format = { name: 'cyclonedx', kind: 'findings', title: 'CycloneDX' } as const;

const inJson = jsonFormat({
  ...format,
  detect: (head) => /"bomFormat"\s*:\s*"CycloneDX"/.test(head),
  schema: bom,
  interpret: evidenceOf,
});

const inXml = evidenceFormat({
  ...format,
  detect: (head) =>
    rootElementOf(head)?.replace(/^.*:/, '') === 'bom' && head.includes('cyclonedx.org/schema'),
  read: async (report) => evidenceOf(await readXmlBom(report)),
});

/** Enough to tell XML from JSON. */
const headBytes = 1024;

/**
 * A CycloneDX BOM with its vulnerabilities, in JSON or XML. What the BOM's author says of them in `analysis` excuses
 * nothing here: an exception is made by the policy, in words of its own or by naming the file with the statements.
 */
export const cyclonedx: EvidenceFormat = evidenceFormat({
  ...format,
  detect: (head) => inJson.detect(head) || inXml.detect(head),
  async read(report, run) {
    const { head, whole } = await peek(report, headBytes);
    return (rootElementOf(head) === undefined ? inJson : inXml).read(whole, run);
  },
});
