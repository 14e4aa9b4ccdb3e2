import { Composer, type CST, type Document, Lexer, type LineCounter, type ParsedNode, Parser } from 'yaml';

/** More than any configuration or manifest needs. */
const maxDepth = 64;

/** Where a text nests deeper than anything a person writes. */
export class NestedTooDeeply extends Error {
  override message = 'it nests deeper than anything a person writes';
}

/**
 * The documents of a YAML text, with the errors that each of them has; undefined where there is none. The composer of
 * `yaml` recurses once per level: on a text of a hundred thousand brackets it runs out of stack in a way that ends the
 * process, so the depth is counted on the way to it, by the parser below it, which does not recurse. Pure.
 * @throws NestedTooDeeply
 */
export function readYaml(
  text: string,
  {
    lineCounter,
    merge = false,
    uniqueKeys = true,
  }: { lineCounter?: LineCounter; merge?: boolean; uniqueKeys?: boolean } = {},
): Document.Parsed<ParsedNode>[] {
  const composer = new Composer<ParsedNode>({ prettyErrors: false, logLevel: 'error', merge, uniqueKeys });
  return [...composer.compose(shallowTokens(text, lineCounter), true, text.length)];
}

/** Nested aliases can make a small file huge; these are more than any person writes. */
const maxAliases = 100;

/**
 * What the documents of somebody's file say, merge keys resolved.
 * @param uniqueKeys whether a key that stands twice is an error; else the last one counts
 * @throws Error with what is wrong with it
 */
export function valuesOfYaml(text: string, { uniqueKeys = true } = {}): unknown[] {
  return readYaml(text, { merge: true, uniqueKeys }).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS({ maxAliasCount: maxAliases });
  });
}

function* shallowTokens(text: string, lineCounter?: LineCounter): Generator<CST.Token> {
  lineCounter?.addNewLine(0);
  const parser = new Parser(lineCounter?.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > maxDepth) throw new NestedTooDeeply();
  }
  yield* parser.end();
}
