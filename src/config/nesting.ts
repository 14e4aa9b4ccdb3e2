import { Lexer, Parser } from 'yaml';

/** More than any configuration or manifest needs. */
const maxDepth = 64;

/**
 * Whether a YAML text nests deeper than anything a person writes. The composer of `yaml` recurses once per level;
 * on a text of a hundred thousand brackets it runs out of stack in a way that ends the process, so the depth is
 * counted before, by the parser below it, which does not recurse. Pure.
 */
export function nestsTooDeeply(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme));
    if (parser.stack.length > maxDepth) return true;
  }
  return false;
}
