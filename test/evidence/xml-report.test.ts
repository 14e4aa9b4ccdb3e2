import { expect, test } from 'vitest';
import { rootElementOf, type XmlListener, XmlReader } from '../../src/evidence/xml-report.ts';
import { decodeXml } from '../../src/evidence/xml-text.ts';
import { inPieces, read } from './reading.ts';

class Words implements XmlListener {
  readonly xml = new XmlReader(this);
  readonly words: string[] = [];
  readonly open = () => {
    this.xml.listening = true;
  };
  readonly close = () => {};
  readonly text = (part: string) => void this.words.push(part);
}

async function wordsOf(report: string | Uint8Array, pieces?: number): Promise<string> {
  const reading = new Words();
  await reading.xml.read(inPieces(report, pieces));
  return reading.words.join('');
}

const encoded = {
  'UTF-16 with a mark': Buffer.from('\uFEFF<?xml version="1.0" encoding="utf-16"?><a>grün</a>', 'utf16le'),
  'UTF-16 without a mark': Buffer.from('<?xml version="1.0" encoding="utf-16"?><a>grün</a>', 'utf16le'),
  'UTF-16, big end first': Buffer.from('\uFEFF<a>grün</a>', 'utf16le').swap16(),
  'ISO-8859-1 as declared': Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>grün</a>', 'latin1'),
  'UTF-8 as declared': Buffer.from("<?xml version='1.0' encoding='UTF-8' standalone='yes'?><a>grün</a>"),
  'UTF-8 with a mark, declared as something else': Buffer.from(
    '\uFEFF<?xml version="1.0" encoding="ISO-8859-1"?><a>grün</a>',
  ),
  'UTF-8 declared as UTF-16, as .NET writes it': Buffer.from(
    '<?xml version="1.0" encoding="utf-16"?><a>grün</a>',
  ),
};

test.each(Object.entries(encoded))('decodes %s', async (_name, report) => {
  for (const pieces of [1, 3, 1_000]) expect(await wordsOf(report, pieces)).toBe('grün');
});

test('an encoding that nobody knows is a reason not to read', async () => {
  await expect(wordsOf('<?xml version="1.0" encoding="x-klingon"?><a/>')).rejects.toThrow(
    'declares the encoding x-klingon, which is not known here',
  );
});

test.each([
  ['blank lines before the declaration', '\n \n<?xml version="1.0"?><a>x</a>', 'x'],
  ['raw control characters', '<a>\u001B[31mred\0</a>', '\uFFFD[31mred\uFFFD'],
  [
    'references to characters that are none',
    '<a>&#27;&#x1b;&#0;&#xD800;&#65534;&#x110000;|&#9;&#x1F600;</a>',
    '\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\t😀',
  ],
  ['the end of CDATA in plain text', '<a b="]]>">x ]]> y</a>', 'x ]]> y'],
  [
    'CDATA, split over two sections',
    '<a><![CDATA[x ]]]]><![CDATA[> y &#27; <!-- ]]></a>',
    'x ]]> y &#27; <!-- ',
  ],
  ['brackets before the end of CDATA', '<a><![CDATA[x]]]]]></a>', 'x]]]'],
  [
    'CDATA in a comment, a comment in CDATA',
    '<a><!-- <![CDATA[ --><![CDATA[<!--]]>x<?p <!-- ?></a>',
    '<!--x',
  ],
  ['a comment that ends like it begins', '<a><!-- <!-->x</a>', 'x'],
])('mends %s', async (_name, report, words) => {
  for (const pieces of [1, 2, 7, 1_000]) expect(await wordsOf(report, pieces)).toBe(words);
});

test('splits CDATA without end in sight, and keeps every character of it', async () => {
  const line = 'a line with ] and ]] and <markup> and -->\n';
  const report = `<a><![CDATA[${line.repeat(10_000)}]]></a>`;
  let longest = 0;
  let all = '';
  for await (const piece of decodeXml(inPieces(report, 4_099))) {
    all += piece;
    for (const section of piece.split(/<!\[CDATA\[|\]\]>/)) longest = Math.max(longest, section.length);
  }
  expect(longest).toBeLessThan(8_200);
  expect(all.split(']]><![CDATA[').length).toBeGreaterThan(4);
  expect(await wordsOf(report, 4_099)).toBe(line.repeat(10_000));
});

test.each([
  ['nesting without end', '<a>'.repeat(300), 'nested deeper than 256 elements'],
  ['a tag without end', `<a b="${'x'.repeat(17 * 1024 ** 2)}`, 'longer than 16 MiB'],
  ['a text without end', `<a>${'x'.repeat(17 * 1024 ** 2)}`, 'longer than 16 MiB'],
  ['a comment without end', `<a/><!--${'x'.repeat(17 * 1024 ** 2)}`, 'a comment without end'],
  ['two roots', '<a/><b/>', 'not whole or not well-formed XML'],
  ['what is cut off', '<a><![CDATA[x', 'not whole or not well-formed XML'],
  ['entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'brings its own DTD'],
  ['entities of HTML', '<a>&nbsp;</a>', 'undefined entity'],
])('refuses %s', async (_name, report, reason) => {
  await expect(wordsOf(report, 64 * 1024)).rejects.toThrow(reason);
});

test('a long text that nobody listens to is no reason to stop', async () => {
  const log = 'x'.repeat(20 * 1024 ** 2);
  const report = `<testsuite><testcase/><system-out>${log}</system-out></testsuite>`;
  expect(await read(report)).toMatchObject({ conclusive: true, tests: { passed: 1 } });
});

test.each([
  ['<a/>', 'a'],
  ['\uFEFF \n<?xml version="1.0"?>\n<!-- <b> -->\n<!DOCTYPE a SYSTEM "a.dtd">\n<a x="1">', 'a'],
  ['<!DOCTYPE a [<!ENTITY b "<c>">]>\n<a>', 'a'],
  ['<x:a-b.c>', 'x:a-b.c'],
  ['<!-- never ends', undefined],
  ['', undefined],
  ['{"a":1}', undefined],
  ['<', undefined],
])('the root of %j is %s', (head, root) => {
  expect(rootElementOf(head)).toBe(root);
});
