import * as z from 'zod';
import type { VexProduct } from './product.ts';
import type { VexStatement } from './statement.ts';
import { timeOf } from './time.ts';

/** OpenVEX 0.2.0 (github.com/openvex/spec). */

const text = z.string().nullish();

const component = z.union([
  z.string(),
  z.object({ '@id': text, identifiers: z.object({ purl: text }).nullish() }),
]);

const product = z.union([
  z.string(),
  z.object({
    '@id': text,
    identifiers: z.object({ purl: text }).nullish(),
    subcomponents: z.array(component).nullish(),
  }),
]);

const times = { timestamp: text, last_updated: text };

const statement = z.object({
  vulnerability: z.union([
    z.string(),
    z.object({ '@id': text, name: text, aliases: z.array(z.string()).nullish() }),
  ]),
  products: z.array(product).nullish(),
  status: z.string(),
  justification: text,
  impact_statement: text,
  status_notes: text,
  ...times,
});

export const openVexDocument = z.object({
  '@context': z.string().regex(/^https:\/\/openvex\.dev\/ns\/v0\.2\.\d+$/, { error: 'must be OpenVEX 0.2' }),
  statements: z.array(statement),
  ...times,
});

const justifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];

/** The statements of a document. One without a time has that of the document. */
export function openVexStatements(document: z.output<typeof openVexDocument>, file: string): VexStatement[] {
  return document.statements.map((one) => {
    const { status, justification, impact_statement, status_notes } = one;
    const justified = justifications.includes(justification ?? '');
    const at = timeOf(one.last_updated ?? one.timestamp ?? document.last_updated ?? document.timestamp);
    return {
      file,
      ids: idsOf(one.vulnerability),
      products: (one.products ?? []).map(toProduct),
      status,
      excuses: status === 'fixed' || (status === 'not_affected' && justified),
      why: [justification, impact_statement ?? status_notes].filter(Boolean).join(': '),
      ...(at && { at }),
    };
  });
}

function idsOf(vulnerability: z.output<typeof statement>['vulnerability']): string[] {
  if (typeof vulnerability === 'string') return [vulnerability];
  return [vulnerability.name, ...(vulnerability.aliases ?? [])].filter((id) => id != null);
}

function toProduct(one: z.output<typeof product>): VexProduct {
  return { refs: refsOf(one), parts: typeof one === 'string' ? [] : (one.subcomponents ?? []).map(refsOf) };
}

function refsOf(one: z.output<typeof component>): string[] {
  if (typeof one === 'string') return [one];
  return [one['@id'], one.identifiers?.purl].filter((ref) => ref != null);
}
