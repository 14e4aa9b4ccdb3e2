/**
 * What the scanner looks for. `pattern` finds the place; a finding is dropped where the whole file matches `unless`.
 * `severity` is a CVSS score, as code scanning services read it.
 */
export const rules = [
  {
    id: 'hardcoded-secret',
    level: 'error',
    severity: 8.2,
    text: 'A secret stands in the source; take it from the environment.',
    pattern: /\b(?:password|passwd|secret|token|api_?key)\b\s*[:=]\s*(['"`])[^'"`\s]{8,}\1/i,
  },
  {
    id: 'dynamic-code',
    level: 'error',
    severity: 9.3,
    text: 'Text is run as code; parse it instead.',
    pattern: /\beval\s*\(|\bnew\s+Function\s*\(/,
  },
  {
    id: 'shell-injection',
    level: 'error',
    severity: 9.8,
    text: 'A value gets into a shell command; pass arguments as a list, without a shell.',
    pattern: /\bexec(?:Sync)?\s*\(\s*(?:`[^`]*\$\{|['"][^'"]*['"]\s*\+)|\bshell\s*:\s*true\b/,
  },
  {
    id: 'tls-verification-off',
    level: 'error',
    severity: 7.4,
    text: 'Certificates are not checked; trust the right authority instead.',
    pattern: /\brejectUnauthorized\s*:\s*false\b|\bNODE_TLS_REJECT_UNAUTHORIZED\b\W+0/,
  },
  {
    id: 'weak-hash',
    level: 'warning',
    severity: 5.9,
    text: 'A broken hash function; use SHA-256.',
    pattern: /\bcreateHash\s*\(\s*['"`](?:md5|sha1)['"`]/i,
  },
  {
    id: 'unbounded-body',
    level: 'warning',
    severity: 5.3,
    text: 'A request body is kept without a limit on its size.',
    pattern: /\bfor await\s*\(\s*const \w+ of (?:req|request)\b|\b(?:req|request)\.on\s*\(\s*['"]data['"]/,
    unless: /\bmax\w*(?:Bytes|Length|Size)\b/,
  },
  {
    id: 'server-without-timeout',
    level: 'warning',
    severity: 5.3,
    text: 'A server without requestTimeout can be held up by slow requests.',
    pattern: /\bcreateServer\s*\(/,
    unless: /\brequestTimeout\b/,
  },
  {
    id: 'listens-everywhere',
    level: 'note',
    severity: 3.1,
    text: 'The server listens on every address of the machine.',
    pattern: /\.listen\s*\([^)]*['"`](?:0\.0\.0\.0|::)['"`]/,
  },
];
