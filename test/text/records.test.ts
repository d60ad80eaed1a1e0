import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvPieces } from '../../src/text/csv.ts';
import { jsonlPieces } from '../../src/text/jsonl.ts';
import { documents, sliced } from './chunks.ts';

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const hard = fc.array(fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é', '🙂'), {
  minLength: 1,
  maxLength: 8,
});
const texts = fc.array(
  hard.map((list) => list.join('')),
  { maxLength: 8 },
);

describe('.jsonl', () => {
  const read = (text: string, field = 'text', size = 5) =>
    documents(jsonlPieces(sliced(text, [size]), 'in.jsonl', field));

  test('any strings come back from a .jsonl file', async () => {
    await fc.assert(
      fc.asyncProperty(texts, lengths, async (texts, lengths) => {
        const lines = texts.map((text, i) => JSON.stringify({ id: i, text })).join('\r\n');
        expect(await documents(jsonlPieces(sliced(lines, lengths), 'in.jsonl', 'text'))).toEqual(texts);
      }),
    );
  });

  test('another field can be read; blank lines and empty documents are left out', async () => {
    expect(await read('\n{"story":"one"}\n  \n{"story":""}\r\n{"story":"two"}\n\n', 'story')).toEqual([
      'one',
      'two',
    ]);
  });

  test.each([
    [
      '{"text":"a"}\n\n{"txt":"b"}\n',
      'in.jsonl, line 3: there is no field "text"',
      'did you mean txt? (--field names the field to read)',
    ],
    [
      '{"id":1,"story":"b"}',
      'in.jsonl, line 1: there is no field "text"',
      'known: id, story (--field names the field to read)',
    ],
    ['{}', 'in.jsonl, line 1: there is no field "text"', undefined],
    [
      '{"text":7}',
      'in.jsonl, line 1: expected a string in field "text", but got a value of type number',
      undefined,
    ],
    ['{"text":null}', 'in.jsonl, line 1: expected a string in field "text", but got null', undefined],
    ['{"text":["a"]}', 'in.jsonl, line 1: expected a string in field "text", but got an array', undefined],
    ['"a"\n', 'in.jsonl, line 1: expected a JSON object', 'one a line, such as {"text": "Once upon a time"}'],
  ])('%j is refused', async (text, message, hint) => {
    await expect(read(text)).rejects.toMatchObject({ message, hint });
  });

  test('a line that is not JSON is named', async () => {
    await expect(read('{"text":"a"}\n{"text":\n')).rejects.toMatchObject({
      message: expect.stringMatching(/^in\.jsonl, line 2: not JSON: \S/),
      hint: 'expected one JSON object on each line',
    });
  });

  test('a name that every object inherits is no field', async () => {
    await expect(read('{"text":"a"}', 'constructor')).rejects.toThrow('there is no field "constructor"');
  });
});

describe('records longer than can be held', () => {
  const LONGEST = 20;
  const AS_TEXT = 'a text as long as that can be read from a .txt file';
  /** The text, and then more of its end for ever. */
  function* endless(text: string) {
    yield text;
    for (;;) yield text.slice(-3);
  }

  test.each([
    ['{"text": "abc', 1, 'a line', 'a .jsonl file holds one JSON object on each line'],
    ['{"text":"a"}\n{"text":"abc', 2, 'a line', 'a .jsonl file holds one JSON object on each line'],
  ])('a line of .jsonl that never ends is refused: %j', async (text, line, what, hint) => {
    await expect(documents(jsonlPieces(endless(text), 'in.jsonl', 'text', LONGEST))).rejects.toMatchObject({
      message: `in.jsonl, line ${line}: expected ${what} of at most 20 characters, but it is longer`,
      hint: `${hint}; ${AS_TEXT}`,
    });
  });

  test.each([
    ['abc', 1, 'a row', 'a row of a .csv file ends with its line'],
    [',,,', 1, 'a row', 'a row of a .csv file ends with its line'],
    ['text\n"\na"\n"\nabc', 4, 'a quoted field', 'a quote may be opened here and never closed'],
  ])('a row of .csv that never ends is refused: %j', async (text, line, what, hint) => {
    await expect(documents(csvPieces(endless(text), 'in.csv', 'text', LONGEST))).rejects.toMatchObject({
      message: `in.csv, line ${line}: expected ${what} of at most 20 characters, but it is longer`,
      hint: `${hint}; ${AS_TEXT}`,
    });
  });

  test('any number of records of the longest length is read', async () => {
    const line = '{"text":"abcdefghi"}';
    const rows = `text\n${`${'x'.repeat(LONGEST - 1)}\n`.repeat(3)}`;
    expect(line).toHaveLength(LONGEST);
    expect(await documents(jsonlPieces([`${line}\n`.repeat(3)], 'in.jsonl', 'text', LONGEST))).toHaveLength(
      3,
    );
    expect(await documents(csvPieces([rows], 'in.csv', 'text', LONGEST))).toHaveLength(3);
  });
});

describe('.csv', () => {
  const read = (text: string, field = 'text', size = 5) =>
    documents(csvPieces(sliced(text, [size]), 'in.csv', field));

  test('any strings come back from a .csv file, quoted as RFC 4180 says', async () => {
    const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    await fc.assert(
      fc.asyncProperty(
        texts,
        lengths,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (texts, lengths, end, last) => {
          const rows = [['id', 'text', 'more,"'], ...texts.map((text, i) => [String(i), text, text])];
          const file = rows.map((row) => row.map(quoted).join(',')).join(end) + (last ? end : '');
          expect(await documents(csvPieces(sliced(file, lengths), 'in.csv', 'text'))).toEqual(texts);
        },
      ),
    );
  });

  test('another field can be read; blank lines and empty documents are left out', async () => {
    expect(await read('a,story\n\n1,one\n2,\n3,""\n4,two', 'story')).toEqual(['one', 'two']);
  });

  test('a quote inside an unquoted field stands for itself', async () => {
    expect(await read('text\n5" pipe\na""b\n')).toEqual(['5" pipe', 'a""b']);
  });

  test.each([
    [
      'id,texts\n1,a\n',
      'in.csv, line 1: there is no field "text"',
      'did you mean texts? (--field names the field to read)',
    ],
    [
      'id,text\n1,"a\nb"\n2,c,d\n',
      'in.csv, line 4: expected 2 fields, as in the header, but got 3',
      'a field with a comma, quote or line break in it needs "quotes" around it',
    ],
    [
      'text\n"a" b\n',
      'in.csv, line 2: text after a closing quote',
      'a quote inside a quoted field is written twice: ""',
    ],
    ['text\na\n"b\nc\n', 'in.csv, line 3: a quote is opened here and never closed', undefined],
  ])('%j is refused', async (text, message, hint) => {
    for (const size of [1, 4, 100])
      await expect(read(text, 'text', size)).rejects.toMatchObject({ message, hint });
  });
});
