import * as z from 'zod';
import { component, componentsByRef } from '../../evidence/cyclonedx-bom.ts';
import type { VexProduct } from './product.ts';
import type { VexStatement } from './statement.ts';
import { timeOf } from './time.ts';

/** VEX as part of a CycloneDX BOM in JSON (cyclonedx.org/capabilities/vex), 1.4 and later. */

const text = z.string().nullish();

const vulnerability = z.object({
  id: text,
  references: z.array(z.object({ id: text })).nullish(),
  analysis: z
    .object({ state: text, justification: text, detail: text, firstIssued: text, lastUpdated: text })
    .nullish(),
  affects: z
    .array(z.object({ ref: text, versions: z.array(z.object({ version: text })).nullish() }))
    .nullish(),
});

export const cycloneDxVex = z.object({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.object({ timestamp: text, component: component.nullish() }).nullish(),
  components: z.array(component).nullish(),
  vulnerabilities: z.array(vulnerability).nullish(),
});
type Document = z.output<typeof cycloneDxVex>;

const justifications = [
  'code_not_present',
  'code_not_reachable',
  'requires_configuration',
  'requires_dependency',
  'requires_environment',
  'protected_by_compiler',
  'protected_at_runtime',
  'protected_at_perimeter',
  'protected_by_mitigating_control',
];
const fixed = ['resolved', 'resolved_with_pedigree'];

/** The statements of a BOM. A vulnerability without an analysis says nothing; one without a time has the BOM's. */
export function cycloneDxStatements(bom: Document, file: string): VexStatement[] {
  const subject = bom.metadata?.component;
  const components = componentsByRef([subject, ...(bom.components ?? [])]);
  return (bom.vulnerabilities ?? []).flatMap(({ id, references, analysis, affects }): VexStatement[] => {
    if (!analysis?.state) return [];
    const { state, justification, detail, firstIssued, lastUpdated } = analysis;
    const justified = justifications.includes(justification ?? '');
    const at = timeOf(lastUpdated ?? firstIssued ?? bom.metadata?.timestamp);
    return [
      {
        file,
        ids: [id, ...(references ?? []).map((one) => one.id)].filter((name) => name != null),
        products: (affects ?? []).map((one): VexProduct => {
          const versions = one.versions?.flatMap(({ version }) => version ?? []);
          return {
            refs: refsOf(one.ref ?? '', components, subject),
            parts: [],
            ...(versions && { versions }),
          };
        }),
        status: state,
        excuses: fixed.includes(state) || (state === 'not_affected' && justified),
        why: [justification, detail].filter(Boolean).join(': '),
        ...(at && { at }),
      },
    ];
  });
}

/** What a reference stands for: the component of that name in this BOM, else a package URL of its own. */
function refsOf(
  ref: string,
  components: ReturnType<typeof componentsByRef>,
  subject: z.output<typeof component> | null | undefined,
): string[] {
  const local = ref.replace(/^urn:cdx:[^#]*#/, '');
  const known = components.get(ref) ?? components.get(local);
  if (!known) return [local];
  const { group, name, version, purl } = known;
  const full = [group, name].filter(Boolean).join('/');
  // What the BOM is about may be the project, which is known by its name alone.
  const own = known === subject ? [full] : [];
  return [purl ?? (version ? `${full}@${version}` : full), ...own];
}
