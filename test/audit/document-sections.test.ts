import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outlineOf, withNewSection, withSectionText } from '../../src/audit/document-sections.ts';

const headings = (text: string) =>
  outlineOf(text).sections.map(({ level, heading }) => `${level} ${heading}`);

test('finds headings as Markdown does, and nothing in code, comments and front matter', () => {
  const text = [
    '---',
    'title: # no',
    '---',
    '# One',
    'text',
    '```sh',
    '# no',
    '~~~',
    '```',
    '<!--',
    '## no',
    '-->',
    '',
    'Two',
    '===',
    'Three',
    '---',
    '',
    '- item',
    '---',
    '## Four ##',
    '    # no',
    '#no',
    '###',
    '   ### Five',
  ].join('\n');
  expect(headings(text)).toEqual(['1 One', '1 Two', '2 Three', '2 Four', '3 ', '3 Five']);
  expect(outlineOf('```\n# no').isOpen).toBe(true);
  expect(outlineOf('\u00ef\u00bb\u00bf# One\r\n').sections).toMatchObject([{ heading: 'One' }]);
});

describe('another text', () => {
  const section = (text: string, name: string) => {
    const found = outlineOf(text).sections.find(({ heading }) => heading === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const put = (text: string, name: string, own: string) => withSectionText(text, section(text, name), own);

  test.each([
    ['# A\n\nold\n\n## B\nx\n', '# A\n\nnew\n\n## B\nx\n'],
    ['# A\nold\n## B\n', '# A\nnew\n\n## B\n'],
    ['# A\n## B\n', '# A\n\nnew\n\n## B\n'],
    ['# A', '# A\n\nnew\n'],
    ['# A\r\n\r\nold\r\n', '# A\r\n\r\nnew\r\n'],
    ['# A\nold', '# A\nnew'],
    ['# \u00c3\u00a0\n\nA\n=\n\nold \u00c3\u00a0\n\n# B', '# \u00c3\u00a0\n\nA\n=\n\nnew\n\n# B'],
    ['# A\n\n\nold\nmore\n\n\n\n# B', '# A\n\n\nnew\n\n\n\n# B'],
  ])('takes the place of the old one in %j', (before, after) => {
    expect(put(before, 'A', '\n\nnew\n')).toBe(after);
  });

  test('every byte outside of the section stays, and the outline too', () => {
    const line = fc.constantFrom(
      '# A',
      '## B',
      '### C',
      'text',
      '',
      'D',
      '---',
      '```',
      '- x',
      '<!-- y -->',
      '\u00e9\u0000',
      '    code',
    );
    const document = fc.tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom('\n', '\r\n'), fc.boolean());
    fc.assert(
      fc.property(document, fc.nat(), ([lines, lineEnd, ends], pick) => {
        const text = lines.join(lineEnd) + (ends ? lineEnd : '');
        const { sections } = outlineOf(text);
        const one = sections[pick % Math.max(1, sections.length)];
        if (!one) return;
        const after = withSectionText(text, one, 'new text\nof two lines');
        expect(after.startsWith(text.slice(0, one.start))).toBe(true);
        expect(after.endsWith(text.slice(one.end))).toBe(true);
        expect(headings(after)).toEqual(headings(text));
        const again = outlineOf(after).sections[sections.indexOf(one)];
        expect(again && withSectionText(after, again, 'new text\nof two lines')).toBe(after);
      }),
      { numRuns: 3_000 },
    );
  });

  test('a new section comes last, after a blank line', () => {
    expect(withNewSection('', 'A', 'x')).toBe('## A\n\nx\n');
    expect(withNewSection('# T', 'A', 'x')).toBe('# T\n\n## A\n\nx\n');
    expect(withNewSection('# T\r\n', 'A', 'x\ny')).toBe('# T\r\n\r\n## A\r\n\r\nx\r\ny\r\n');
  });
});
