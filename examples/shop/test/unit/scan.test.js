import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../security/rules.js';
import { findingsIn } from '../../security/sarif.js';

/** Code that each rule must find, and the good form of it that it must not. */
const samples = {
  'hardcoded-secret': ["const apiKey = 'sk-4f9a8b7c6d5e';", 'const apiKey = process.env.API_KEY;'],
  'dynamic-code': ['const sum = eval(text);', 'const sum = evaluate(text);'],
  'shell-injection': ['execSync(`tar xf ${name}`);', "execFileSync('tar', ['xf', name]);"],
  'tls-verification-off': [
    'request(url, { rejectUnauthorized: false });',
    'request(url, { rejectUnauthorized: true });',
  ],
  'weak-hash': ["createHash('md5')", "createHash('sha256')"],
  'unbounded-body': [
    'for await (const chunk of request) chunks.push(chunk);',
    'for await (const chunk of request) if ((bytes += chunk.length) <= maxBytes) chunks.push(chunk);',
  ],
  'server-without-timeout': [
    'createServer(app).listen(port);',
    'createServer({ requestTimeout: 5_000 }, app);',
  ],
  'listens-everywhere': ["server.listen(port, '0.0.0.0');", "server.listen(port, '127.0.0.1');"],
};

test('every rule has a sample', () => {
  assert.deepEqual(rules.map(({ id }) => id).sort(), Object.keys(samples).sort());
});

for (const [id, [bad, good]] of Object.entries(samples)) {
  test(`${id} is found, and its good form is not`, () => {
    const found = findingsIn({ path: 'x.js', text: `// first line\n${bad}\n` });
    assert.deepEqual(
      found.map(({ rule, line }) => [rule.id, line]),
      [[id, 2]],
    );
    assert.deepEqual(findingsIn({ path: 'x.js', text: good }), []);
  });
}

test('comments are not code', () => {
  assert.deepEqual(findingsIn({ path: 'x.js', text: '// never eval(text)\n/* nor\n * eval(text) */\n' }), []);
});
