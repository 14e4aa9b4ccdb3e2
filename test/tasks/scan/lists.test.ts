import { describe, expect, test } from 'vitest';
import { readLists } from '../../../src/tasks/scan/read-lists.ts';
import { TaskIndex } from '../../../src/tasks/task-index.ts';
import { boardFile, boardOf } from '../boards.ts';
import { bytesOf, sourceOf } from '../documents.ts';

const listsOf = async (text: string) =>
  (await readLists(sourceOf(bytesOf(text)), (words) => new TaskIndex(words))).lists;

describe('the lists of a file', () => {
  test.each([
    ['', '0'],
    ['[', '1'],
    ['[1,]', '3'],
    ['[01]', '2'],
    ['[1.]', '3'],
    ['[-]', '2'],
    ['[1e]', '3'],
    ['["\\x"]', '3'],
    ['["\\u12g4"]', '6'],
    ['["a\nb"]', '3'],
    ['["a', '1'],
    ['[tru]', '1'],
    ['[]]', '2'],
    ['{"a" 1}', '5'],
    ['{a:1}', '1'],
    ["['a']", '1'],
    ['[1 2]', '3'],
    ['{"tasks":[],}', '12'],
    ['[NaN]', '1'],
    ['[+1]', '1'],
    ['// x\n[]', '0'],
    ['[\u00a01]', '1'],
    ['\ufeff\ufeff[]', '3'],
  ])('refuses %j at byte %s', async (text, offset) => {
    await expect(listsOf(text)).rejects.toMatchObject({ name: 'JsonSyntaxError', offset: Number(offset) });
  });

  test('needs no stack for depth', async () => {
    const depth = 200_000;
    const text = `[${'['.repeat(depth)}${']'.repeat(depth)}]`;
    expect(await listsOf(text)).toEqual([{ start: 0, end: text.length, elementCount: 1 }]);
  });

  test.each(['{}', '5', '{"tasks":{}}', '{"master":{"tasks":3}}', '{"tasks":[1],"tasks":null}'])(
    'finds no list in %s',
    async (text) => {
      expect(await listsOf(text)).toEqual([]);
    },
  );

  test('takes the last of repeated lists', async () => {
    const text = '{"tasks":[1],"a":{"tasks":[2]},"tasks":[3],"b":{"tasks":[4],"tasks":[5]}}';
    const start = text.indexOf('[3]');
    expect(await listsOf(text)).toEqual([{ start, end: start + 3, elementCount: 1 }]);
    const tagged = '{"b":{"tasks":[4],"tasks":[5]},"b":{"tasks":[6,{}]}}';
    const last = tagged.indexOf('[6');
    expect(await listsOf(tagged)).toEqual([{ tag: 'b', start: last, end: last + 6, elementCount: 2 }]);
  });
});

describe('a file that is no task file', () => {
  test('is refused with line, column, byte offset and excerpt', async () => {
    const text = '\ufeff[\r\n  {"id": "T-1", "title": "Ä"},\r\n  {"id": "T-2", "title": "€" "x"}\r\n]';
    const offset = bytesOf(text.slice(0, text.indexOf('"x"'))).length;
    await expect(boardOf(text).filter({})).rejects.toEqual(
      expect.objectContaining({
        code: 'TASKS_INVALID',
        message: `${boardFile}:3:30 (byte ${offset}): expected "," or "}", found '"', near: {"id": "T-2", "title": "€" "x"}`,
        remedy: expect.stringContaining('line 3, column 30'),
      }),
    );
  });

  test.each([
    ['an empty file', new Uint8Array(), 'found the end of the file'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x5d, 0]), 'UTF-16'],
    ['other encodings', new Uint8Array([...bytesOf('[{"id":"'), 0xe4, ...bytesOf('"}]')]), 'not UTF-8'],
    ['JSON of another shape', bytesOf('{"items": []}'), 'no list of tasks'],
  ])('is refused: %s', async (_, bytes, reason) => {
    await expect(boardOf(bytes).filter({})).rejects.toEqual(
      expect.objectContaining({ code: 'TASKS_INVALID', message: expect.stringContaining(reason) }),
    );
  });

  test('shows only the surroundings of a place in a long line', async () => {
    const error = await boardOf(`[${'{"id":"T-1"},'.repeat(10_000)}]`)
      .filter({})
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).toContain(`${boardFile}:1:130002 `);
    expect((error as Error).message.length).toBeLessThan(250 + boardFile.length);
  });
});
