import { rules } from './rules.js';

/** From sources to findings, and from findings to SARIF 2.1.0. */

/**
 * What the rules find in one file.
 * @param {{path: string, text: string}} source
 */
export function findingsIn({ path, text }) {
  const code = withoutComments(text);
  const lines = code.split('\n');
  return rules
    .filter(({ unless }) => !unless?.test(code))
    .flatMap((rule) =>
      lines.flatMap((line, index) => {
        const match = rule.pattern.exec(line);
        return match ? [{ rule, path, line: index + 1, column: match.index + 1, snippet: line.trim() }] : [];
      }),
    );
}

/** Blanks comments out, so that lines and columns stay. A `//` behind a colon or a quote is taken for a URL. */
function withoutComments(text) {
  const blank = (comment) => comment.replaceAll(/[^\n]/g, ' ');
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, blank).replaceAll(/(?<![:'"`\\])\/\/.*$/gm, blank);
}

/**
 * @param {{path: string, text: string}[]} sources
 * @param {string} version of the scanner
 */
export function sarifOf(sources, version) {
  const problems = sources.length === 0 ? ['no source was found'] : [];
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'shop-scan', version, rules: rules.map(describeRule) } },
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            toolExecutionNotifications: problems.map((text) => ({ level: 'error', message: { text } })),
          },
        ],
        artifacts: sources.map(({ path, text }) => ({
          location: { uri: path, uriBaseId: 'SRCROOT' },
          length: Buffer.byteLength(text),
        })),
        results: sources.flatMap(findingsIn).map(describeFinding),
      },
    ],
  };
}

function describeRule({ id, level, severity, text }) {
  return {
    id,
    shortDescription: { text },
    defaultConfiguration: { level },
    properties: { 'security-severity': severity.toFixed(1), tags: ['security'] },
  };
}

function describeFinding({ rule, path, line, column, snippet }) {
  return {
    ruleId: rule.id,
    ruleIndex: rules.indexOf(rule),
    level: rule.level,
    message: { text: rule.text },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: path, uriBaseId: 'SRCROOT' },
          region: { startLine: line, startColumn: column, snippet: { text: snippet } },
        },
      },
    ],
    properties: { 'security-severity': rule.severity.toFixed(1) },
  };
}
