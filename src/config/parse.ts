import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { DevopsError } from '../errors.ts';
import { crossCheck } from './cross-check.ts';
import { describeIssues, type Trouble } from './issues.ts';
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

/**
 * Reads a configuration and reports every problem at once.
 * @param file name to show in messages
 * @throws CONFIG_INVALID listing each problem as `file:line:column path: message`
 */
export function parseConfig(text: string, file: string): Config {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, strict: true, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken) {
    const { line = 1, col = 1 } = broken.linePos?.[0] ?? {};
    const message =
      broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'cannot be read';
    throw invalid(file, [{ line, column: col, path: '', message: `not valid YAML: ${message}` }]);
  }
  if (!isMap(document.contents)) {
    throw invalid(file, [
      { line: 1, column: 1, path: '', message: 'must be a mapping that begins with "project: NAME"' },
    ]);
  }
  const value = toValue(document, file);
  const parsed = configSchema.safeParse(value);
  const troubles = parsed.success
    ? crossCheck(parsed.data)
    : describeIssues(parsed.error.issues as z.core.$ZodIssue[], value);
  if (troubles.length > 0 || !parsed.success) {
    throw invalid(
      file,
      troubles.map((trouble) => locate(trouble, document, lineCounter)),
    );
  }
  return parsed.data;
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    throw invalid(file, [
      { line: 1, column: 1, path: '', message: `cannot be expanded: ${(error as Error).message}` },
    ]);
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
