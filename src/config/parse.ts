import { type Document, isMap, isNode, isScalar, LineCounter, visit, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { DevopsError } from '../errors.ts';
import { crossCheck } from './cross-check.ts';
import { describeIssues, type Trouble } from './issues.ts';
import { NestedTooDeeply, readYaml } from './read-yaml.ts';
import { validParts } from './salvage.ts';
import { type Config, configSchema } from './schema.ts';

/** From the text of `devops.yaml` to a configuration that holds together. Pure. */

/** A trouble with its place in the file. */
export interface ConfigProblem {
  line: number;
  column: number;
  /** `environments.staging.gate.unit` */
  path: string;
  message: string;
}

/** Nested aliases can make a small file huge; this many are more than any person writes. */
const maxAliases = 50;
const maxLength = 256 * 1024;
/** One slip often breaks all that follows. */
const maxSyntaxProblems = 5;

/**
 * Reads a configuration and reports every problem at once.
 * @param file name to show in messages
 * @throws CONFIG_INVALID listing each problem as `file:line:column path: message`
 */
export function parseConfig(text: string, file: string): Config {
  if (text.length > maxLength) throw invalid(file, [atTop(`is longer than ${maxLength / 1024} KiB`)]);
  const lineCounter = new LineCounter();
  const [document, second] = documentsOf(text, lineCounter, file);
  const syntaxProblems: SyntaxProblem[] = [
    ...document.errors,
    ...document.warnings,
    ...(second ? [{ code: 'MULTIPLE_DOCS' as const, pos: second.range, message: '' }] : []),
    ...forbiddenKeys(document),
  ];
  if (syntaxProblems.length > 0) {
    throw invalid(
      file,
      syntaxProblems.slice(0, maxSyntaxProblems).map(({ code, pos: [offset], message }) => {
        const { line, col } = lineCounter.linePos(offset);
        return { line, column: col, path: '', message: syntaxMessages[code] ?? `not valid YAML: ${message}` };
      }),
    );
  }
  if (!isMap(document.contents)) {
    const empty = document.contents === null ? 'is empty; it ' : '';
    throw invalid(file, [atTop(`${empty}must be a mapping that begins with "project: NAME"`)]);
  }
  const value = toValue(document, file);
  const parsed = configSchema.safeParse(value);
  const issues = (parsed.error?.issues ?? []) as z.core.$ZodIssue[];
  const coherent = parsed.success ? parsed.data : validParts(value, issues);
  const troubles = [...describeIssues(issues, value), ...(coherent ? crossCheck(coherent) : [])];
  if (troubles.length > 0 || !parsed.success) {
    throw invalid(
      file,
      troubles
        .map((trouble) => locate(trouble, document, lineCounter))
        .sort((one, other) => one.line - other.line || one.column - other.column),
    );
  }
  return parsed.data;
}

/** What is wrong with the text as YAML, from an offset on. */
interface SyntaxProblem {
  code: YAMLError['code'];
  pos: readonly [start: number, ...rest: number[]];
  message: string;
}

function documentsOf(text: string, lineCounter: LineCounter, file: string) {
  try {
    const documents = readYaml(text, { lineCounter });
    return documents as [Document.Parsed, ...Document.Parsed[]]; // an empty text is an empty document
  } catch (error) {
    if (!(error instanceof NestedTooDeeply)) throw error;
    throw invalid(file, [atTop('is nested deeper than any configuration is')]);
  }
}

const syntaxMessages: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab: YAML is indented with spaces',
  DUPLICATE_KEY: 'this key stands here a second time',
  MULTIPLE_DOCS: 'a second document begins here; a configuration is a single one',
};

/** `__proto__` would get lost on the way: an object takes it for something else. */
function forbiddenKeys(document: Document): SyntaxProblem[] {
  const found: SyntaxProblem[] = [];
  visit(document, {
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value !== '__proto__' || !key.range) return;
      const [start, end] = key.range;
      found.push({ code: 'NON_STRING_KEY', pos: [start, end], message: '"__proto__" cannot be a key here' });
    },
  });
  return found;
}

function atTop(message: string): ConfigProblem {
  return { line: 1, column: 1, path: '', message };
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    throw invalid(file, [atTop(`cannot be expanded: ${(error as Error).message}`)]);
  }
}

/** The place of the deepest part of the path that exists; a missing key is reported where it belongs. */
function locate(
  { path, message, atKey }: Trouble,
  document: Document,
  lineCounter: LineCounter,
): ConfigProblem {
  let offset = 0;
  for (let depth = path.length; depth > 0; depth -= 1) {
    const at = path.slice(0, depth);
    const parent = depth === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(at.at(-1)))
      : undefined;
    const value = document.getIn(at, true);
    const node =
      atKey && depth === path.length && isNode(pair?.key) ? pair.key : isNode(value) ? value : pair?.key;
    if (isNode(node) && node.range) {
      offset = node.range[0];
      break;
    }
  }
  const { line, col } = lineCounter.linePos(offset);
  return { line, column: col, path: path.join('.'), message };
}

function invalid(file: string, problems: ConfigProblem[]): DevopsError {
  const lines = problems.map(
    ({ line, column, path, message }) =>
      `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`,
  );
  return new DevopsError('CONFIG_INVALID', lines.join('\n'), {
    remedy: `Mend ${problems.length === 1 ? 'this place' : `these ${problems.length} places`} in ${file}; "devops-engineer check" says when it is right.`,
  });
}
