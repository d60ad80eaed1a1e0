// Pairs of texts from files: what is read, and what is refused with its line.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOfPairs } from '../../src/text/pair-source.ts';
import { openPairs, type PairOptions } from '../../src/text/pairs.ts';
import { tsvRecords } from '../../src/text/tsv.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { all, documents, sliced } from './chunks.ts';

const folder = temporaryFolder();
let files = 0;

async function saved(extension: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, `${files++}.${extension}`);
  await writeFile(file, content);
  return file;
}

async function read(extension: string, content: string, options?: PairOptions) {
  return all((await openPairs(await saved(extension, content), options)).pairs());
}

const PAIRS = [
  { source: 'Guten Tag', target: 'Good day' },
  { source: 'ja, "ja"', target: '😀 yes' },
];

describe('a file of pairs', () => {
  test.each([
    ['tsv', 'Guten Tag\tGood day\nja, "ja"\t😀 yes\n', undefined],
    ['tsv', '\ufeffGuten Tag\tGood day\r\n\r\nja, "ja"\t😀 yes', undefined],
    ['TSV', 'Guten Tag\tGood day\n\nja, "ja"\t😀 yes\n', undefined],
    ['csv', 'target,source\nGood day,Guten Tag\n😀 yes,"ja, ""ja"""\n', undefined],
    ['csv', 'id,de,en\n1,Guten Tag,Good day\n2,"ja, ""ja""",😀 yes\n', ['de', 'en']],
    ['jsonl', PAIRS.map((pair) => `${JSON.stringify(pair)}\n`).join('\n'), undefined],
    [
      'jsonl',
      PAIRS.map(({ source, target }) => JSON.stringify({ en: target, de: source })).join('\n'),
      ['de', 'en'],
    ],
  ] as const)('.%s is read: %j', async (extension, content, fields) => {
    expect(await read(extension, content, fields && { fields })).toEqual(PAIRS);
  });

  test('is read again from its start', async () => {
    const source = await openPairs(await saved('tsv', 'a\tb\nc\td\n'));
    for (let reading = 0; reading < 2; reading++)
      expect(await all(source.pairs())).toEqual([
        { source: 'a', target: 'b' },
        { source: 'c', target: 'd' },
      ]);
    expect(await documents(textOfPairs(source, 'source', 'target').pieces())).toEqual(['a', 'b', 'c', 'd']);
    expect(await documents(textOfPairs(source, 'target').pieces())).toEqual(['b', 'd']);
  });

  test('any texts without tabs and line breaks come back from a .tsv file, in whatever chunks it comes', async () => {
    const side = fc.stringMatching(/^[^\t\r\n]+$/);
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(side, side)), lengths, async (pairs, lengths) => {
        const text = pairs.map(([a, b]) => `${a}\t${b}\n`).join('');
        const records = await all(tsvRecords(sliced(text, lengths), 'in.tsv'));
        expect(records).toEqual(pairs.map((values, i) => ({ line: i + 1, values })));
      }),
    );
  });

  const TSV_HINT = 'a line of a .tsv file holds a source, a tab and its target';
  const EMPTY_HINT = 'give it a text, or leave out the pair';

  test.each([
    ['tsv', 'a\tb\nc d\n', ', line 2: expected one tab, but there are 0', TSV_HINT],
    ['tsv', 'a\tb\tc\n', ', line 1: expected one tab, but there are 2', TSV_HINT],
    ['tsv', 'a\tb\n\nc\t\n', ', line 3: the target is empty', EMPTY_HINT],
    ['tsv', '\tb\n', ', line 1: the source is empty', EMPTY_HINT],
    ['csv', 'source,target\n"a\nb",c\n,d\n', ', line 4: the source is empty', EMPTY_HINT],
    ['jsonl', '{"source":"a","target":""}', ', line 1: the target is empty', EMPTY_HINT],
    [
      'csv',
      'source,targets\na,b\n',
      ', line 1: there is no field "target"',
      'did you mean targets? (--fields names the fields to read)',
    ],
    [
      'jsonl',
      '{"source":"a","target":"b"}\n{"source":"a"}',
      ', line 2: there is no field "target"',
      'known: source (--fields names the fields to read)',
    ],
    [
      'jsonl',
      '[]',
      ', line 1: expected a JSON object',
      'one a line, such as {"source": "Once upon a time", "target": "Once upon a time"}',
    ],
    [
      'jsonl',
      '{"source":"a","target":2}',
      ', line 1: expected a string in field "target", but got a value of type number',
      undefined,
    ],
  ])('.%s with %j is refused, by its line', async (extension, content, message, hint) => {
    await expect(read(extension, content)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^${folder}/\\d+\\.${extension}${message}$`)),
      hint,
    });
  });

  test.each(['tsv', 'csv', 'jsonl'])('.%s without a pair is refused', async (extension) => {
    await expect(read(extension, extension === 'csv' ? 'source,target\n' : '\n')).rejects.toThrow(
      'there are no pairs in ',
    );
  });

  test('that is not UTF-8 is refused', async () => {
    const source = await openPairs(await saved('tsv', Uint8Array.of(97, 9, 0xe9, 10)));
    await expect(all(source.pairs())).rejects.toThrow('is not UTF-8: byte 0xe9 at offset 2');
  });

  test('whose line never ends is refused', async () => {
    function* endless() {
      for (;;) yield 'abc';
    }
    await expect(all(tsvRecords(endless(), 'in.tsv', 20))).rejects.toThrow(
      'in.tsv, line 1: expected a line of at most 20 characters, but it is longer',
    );
  });
});

describe('what cannot be pairs is refused', () => {
  test.each([
    ['builtin:date', {}, 'there is no generated task builtin:date', 'did you mean builtin:dates?'],
    ['absent.tsv', {}, 'no such file: absent.tsv', undefined],
    [
      'builtin:sums',
      { fields: ['a', 'b'] },
      'fields do not go with builtin:sums',
      'leave them out, or give a .csv or .jsonl file',
    ],
  ] as const)('%s %j', async (input, options, message, hint) => {
    await expect(openPairs(input, options)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      hint,
    });
  });

  test('a file of another kind, a folder, names for a .tsv file, and a count of what is not generated', async () => {
    await mkdir(join(folder, 'folder.tsv'));
    const [tsv, text] = [await saved('tsv', 'a\tb\n'), await saved('txt', 'a\tb\n')];
    await expect(openPairs(text)).rejects.toThrow(
      'expected a file (.tsv, .jsonl, .csv) or a generated task for pairs',
    );
    await expect(openPairs(join(folder, 'folder.tsv'))).rejects.toThrow('no such file: ');
    await expect(openPairs(tsv, { fields: ['a', 'b'] })).rejects.toThrow(`fields do not go with ${tsv}`);
    await expect(openPairs(tsv, { count: 3 })).rejects.toThrow(`count 3 does not go with ${tsv}`);
  });
});
