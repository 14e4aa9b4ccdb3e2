import * as z from 'zod';
import { configurationExample } from './example.ts';
import { configSchema } from './schema.ts';

/** What is generated from the schema: the JSON Schema for editors and the reference for people. Pure. */

/** The parts of a JSON Schema (draft 2020-12) that our schema comes to. */
interface SchemaNode {
  title?: string;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
}

/** `schema/devops.schema.json`: what may be written, defaults included. */
export function configurationSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'devops.yaml of devops-engineer-mcp', ...schema }, null, 2)}\n`;
}

/** `docs/configuration.md`: an example of everything, then one table per section. */
export function configurationReference(): string {
  const root = JSON.parse(configurationSchema()) as SchemaNode;
  return `# Configuration: devops.yaml

<!-- Generated from src/config/schema.ts by "npm run generate"; changes made here are lost. -->

\`devops.yaml\` at the top of the project says how a release is proven, where it goes and who must agree.
\`devops-engineer init\` proposes one, \`devops-engineer check\` validates it. A problem is reported with its line
and column, what was found and what is allowed. The JSON Schema for editors is \`schema/devops.schema.json\`.

\`\`\`yaml
${configurationExample}\`\`\`

## How values are written

| Value | Written as |
|---|---|
| duration | \`500ms\`, \`30s\`, \`5m\`, \`24h\`, \`7d\`, \`1h30m\` |
| threshold | a comparison, a number and a unit: \`">= 95%"\`, \`"<= 250 ms"\`; \`"<= +10%"\` is relative to the live release. A pass rate alone means "at least": \`100%\` |
| command | a line for \`sh\`; values reach it as environment variables, never inside its text |

Every command finds \`DEVOPS_ENVIRONMENT\`, \`DEVOPS_COMMIT\` and \`DEVOPS_VERSION\` in its environment, where they
apply also \`DEVOPS_ARTIFACT\`, \`DEVOPS_ARTIFACT_DIGEST\`, \`DEVOPS_DEPLOYMENT_ID\`, \`DEVOPS_RELEASE\` (it rises with
every deployment), \`DEVOPS_PREVIOUS_VERSION\` and \`TARGET_URL\`.
${[...new Set(sectionsOf('The file', root))].join('')}`;
}

/** One section for a mapping, followed by those for the mappings inside it. */
function sectionsOf(heading: string, node: SchemaNode): string[] {
  if (node.oneOf) {
    return node.oneOf.flatMap((option) =>
      sectionsOf(`${heading} (kind: ${String(option.properties?.kind?.const)})`, option),
    );
  }
  const fields = Object.entries(node.properties ?? {});
  const rows = fields.map(([name, field]) => rowOf(name, field, node.required?.includes(name) ?? false));
  const others = otherKeysOf(node);
  if (others) rows.push(`| *name* | ${writtenAs(others)} | | ${cell(others.description ?? '')} |`);
  const section = `
## ${heading}
${node.description === undefined ? '' : `\n${node.description}\n`}
| Field | Value | Default | Meaning |
|---|---|---|---|
${rows.join('\n')}
`;
  // A mapping that may stand under any name, among other forms of a value, has its title for a heading.
  const forms = (others?.anyOf ?? []).filter(isSection);
  return [
    section,
    ...fields.flatMap(([name, field]) => sectionsBelow(childHeading(heading, name), field)),
    ...forms.flatMap((form) => sectionsOf(`${childHeading(heading, 'NAME')} (${form.title})`, form)),
  ];
}

function sectionsBelow(heading: string, field: SchemaNode): string[] {
  const inherited = field.description === undefined ? {} : { description: field.description };
  if (field.properties || field.oneOf) return sectionsOf(heading, field);
  const named = otherKeysOf(field);
  if (named?.properties) return sectionsOf(`${heading}.NAME`, { ...inherited, ...named });
  if (field.items?.properties || field.items?.oneOf)
    return sectionsOf(`${heading}[]`, { ...inherited, ...field.items });
  return [];
}

function childHeading(heading: string, name: string): string {
  return heading === 'The file' ? name : `${heading.replace(/ \(.*\)$/, '')}.${name}`;
}

function rowOf(name: string, field: SchemaNode, required: boolean): string {
  return `| \`${name}\` | ${writtenAs(field)} | ${defaultOf(field, required)} | ${cell(field.description ?? '')} |`;
}

function defaultOf({ default: value }: SchemaNode, required: boolean): string {
  if (required) return '*required*';
  if (value === undefined || isEmpty(value)) return '';
  if (typeof value === 'string') return `\`${value}\``;
  return `\`${JSON.stringify(value).replaceAll('"', '').replaceAll(':', ': ').replaceAll(',', ', ')}\``;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const typeNames: Record<string, string> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
};

function writtenAs(node: SchemaNode): string {
  if (node.title !== undefined) return node.title;
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum) return node.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (node.items) return `list of ${isSection(node.items) ? 'sections' : writtenAs(node.items)}`;
  if (node.anyOf) return node.anyOf.map(writtenAs).join(' or ');
  if (isSection(node)) return 'section';
  const others = otherKeysOf(node);
  if (others) return isSection(others) ? 'sections by name' : `${writtenAs(others)} by name`;
  return [node.type ?? 'anything']
    .flat()
    .map((type) => typeNames[type] ?? type)
    .join(', ');
}

function isSection(node: SchemaNode): boolean {
  return node.properties !== undefined || node.oneOf !== undefined;
}

function otherKeysOf({ additionalProperties }: SchemaNode): SchemaNode | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
