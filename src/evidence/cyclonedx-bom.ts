import * as z from 'zod';
import { scoreOfVector } from './cvss.ts';
import { FindingTally } from './findings.ts';
import { parsePackageUrl } from './package-url.ts';
import { severityNamed, severityOfScore, worstOf } from './severities.ts';
import type { Evidence, Finding } from './types.ts';
import { Unreadable } from './unreadable.ts';

const text = z.string().nullish();

/** A part of the software that the BOM lists; parts may have parts. */
export const component = z.object({
  'bom-ref': text,
  group: text,
  name: text,
  version: text,
  purl: text,
  get components() {
    return z.array(component).nullish();
  },
});
export type Component = z.output<typeof component>;

const rating = z.object({ score: z.number().nullish(), severity: text, method: text, vector: text });

const vulnerability = z.object({
  id: text,
  references: z.array(z.object({ id: text })).nullish(),
  ratings: z.array(rating).nullish(),
  recommendation: text,
  affects: z.array(z.object({ ref: text })).nullish(),
});
export type Vulnerability = z.output<typeof vulnerability>;

const named = z.array(z.object({ name: text }));

/** What is read of a BOM (cyclonedx.org/docs); `vulnerabilities` came with version 1.4. */
export const bom = z.object({
  bomFormat: z.literal('CycloneDX'),
  metadata: z
    .object({
      tools: z.union([named, z.object({ components: named.nullish() })]).nullish(),
      component: component.nullish(),
    })
    .nullish(),
  components: z.array(component).nullish(),
  vulnerabilities: z.array(vulnerability).nullish(),
});
export type Bom = z.output<typeof bom>;

/** The evidence of a BOM: one finding for each vulnerability of each component. @throws Unreadable */
export function evidenceOf(read: Bom): Evidence {
  if (!read.vulnerabilities) {
    throw new Unreadable('it is an inventory, not a scan: the BOM has no list of vulnerabilities');
  }
  if (read.vulnerabilities.length === 0 && toolsOf(read).includes('trivy')) {
    throw new Unreadable(
      'trivy writes an empty list also where it did not look for vulnerabilities; let it write --format sarif',
    );
  }
  const tally = new FindingTally();
  const components = componentsByRef([read.metadata?.component, ...(read.components ?? [])]);
  for (const one of read.vulnerabilities) {
    const refs = new Set((one.affects ?? []).map(({ ref }) => ref ?? ''));
    for (const ref of refs.size > 0 ? refs : ['']) {
      tally.add({ ...describe(one), ...located(ref, components) });
    }
  }
  return tally.evidence('cyclonedx');
}

function toolsOf({ metadata }: Bom): (string | undefined)[] {
  const tools = metadata?.tools ?? [];
  return (Array.isArray(tools) ? tools : (tools.components ?? [])).map(({ name }) => name?.toLowerCase());
}

/** Every component at every depth that has a reference, by it. */
export function componentsByRef(
  tops: readonly (Component | null | undefined)[],
): ReadonlyMap<string, Component> {
  const found = new Map<string, Component>();
  const open = [...tops];
  for (let one = open.pop(); open.length > 0 || one; one = open.pop()) {
    if (one?.['bom-ref']) found.set(one['bom-ref'], one);
    for (const inner of one?.components ?? []) open.push(inner);
  }
  return found;
}

function describe({ id, references, ratings, recommendation }: Vulnerability): Finding {
  const names = [id, ...(references ?? []).map((one) => one.id)].map((name) => name ?? '');
  return {
    severity: worstOf((ratings ?? []).flatMap(severitiesOf)),
    rule: names.find(Boolean) ?? '',
    ids: names,
    fix: recommendation ?? undefined,
  };
}

/** Scores of other methods (OWASP, SSVC) have other scales. */
function severitiesOf({ score, severity, method, vector }: z.output<typeof rating>) {
  const isCvss = method == null || /^cvss/i.test(method);
  return [
    severityNamed(severity),
    ...(isCvss ? [severityOfScore(score), severityOfScore(scoreOfVector(vector ?? ''))] : []),
  ];
}

/** A reference may be a link into another BOM (`urn:cdx:…#ref`), and often is a package URL itself. */
function located(ref: string, components: ReadonlyMap<string, Component>): Partial<Finding> {
  const local = ref.replace(/^urn:cdx:[^#]*#/, '');
  const { group, name, version, purl = local } = components.get(ref) ?? components.get(local) ?? {};
  const parsed = parsePackageUrl(purl ?? '');
  const full = name ? [group, name].filter(Boolean).join('/') : undefined;
  return {
    package: full ?? parsed?.name ?? (local || undefined),
    version: version ?? parsed?.version,
    purl: parsed ? (purl ?? undefined) : undefined,
  };
}
