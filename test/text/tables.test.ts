// Compressed files, .parquet files, and documents that are chosen and shuffled by DuckDB.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { filePieces } from '../../src/text/file.ts';
import { openText, type TextOptions } from '../../src/text/open.ts';
import { selectDocuments } from '../../src/text/selection.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { documents } from './chunks.ts';
import { writeParquet } from './parquet.ts';

const folder = temporaryFolder();
const spillFolder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** "one\ntwo\n", then "three\n", as the program zstd writes them: two frames, each with its checksum. */
const ZST = Buffer.from(
  '28b52ffd04584100006f6e650a74776f0ae6a60e4028b52ffd045831000074687265650ad706fd28',
  'hex',
);

const records = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

beforeAll(async () => {
  mkdirSync(at('hub/data'), { recursive: true });
  const table = (rows: string) => `SELECT * FROM (VALUES ${rows}) t(id, text, language)`;
  const train = (part: number) => at(`hub/data/train-0000${part}-of-00002.parquet`);
  await writeParquet(train(0), table(`(1, 'a "quoted"', 'en'), (2, '', 'en'), (3, 'bé', 'de')`));
  await writeParquet(train(1), table(`(4, 'c', 'en'), (5, 'a "quoted"', 'fr')`));
  await writeParquet(at('hub/data/test-00000-of-00001.parquet'), table(`(6, 'held back', 'en')`));
  writeFileSync(at('hub/README.md'), '# a data set');
  await writeParquet(at('null.parquet'), `SELECT * FROM (VALUES ('a'), (NULL)) t(text)`);
  await writeParquet(at('numbers.parquet'), `SELECT 3 AS text, 'x' AS body`);
  writeFileSync(
    at('rows.jsonl'),
    records([
      { text: 'one\n', n: 1 },
      { text: '', n: 2 },
      { text: 'c', n: 3 },
    ]),
  );
  writeFileSync(at('rows.csv'), 'text,n\n"x, ""y""",1\nc,2\n,3\n');
  writeFileSync(at('plain.txt'), 'p<|endoftext|>c');
});

const read = async (inputs: string[], options: TextOptions = {}) => {
  const source = await openText(inputs.map(at), { spillFolder, ...options });
  const found = await documents(source.pieces());
  source.close?.();
  return found;
};

describe('compressed files', () => {
  it('are read as what they hold, whatever is in it, member after member', async () => {
    writeFileSync(at('a.txt.zst'), ZST);
    writeFileSync(at('b.txt.gz'), Buffer.concat([gzipSync('four<|endoftext|>\n'), gzipSync('five')]));
    writeFileSync(at('c.jsonl.gz'), gzipSync(readFileSync(at('rows.jsonl'))));
    writeFileSync(at('d.CSV.GZ'), gzipSync(readFileSync(at('rows.csv'))));
    expect(await read(['a.txt.zst', 'b.txt.gz', 'c.jsonl.gz', 'd.CSV.GZ'])).toEqual([
      ...['one\ntwo\nthree\n', 'four', 'five', 'one\n', 'c', 'x, "y"', 'c'],
    ]);
  });

  it.each([
    ['cut.txt.gz', gzipSync('some text '.repeat(99)).subarray(0, 20), 'unexpected end of file, after'],
    ['bad.txt.gz', gzipSync('some text').fill(0xff, 12, 14), 'cannot read'],
    [
      'sum.jsonl.gz',
      Buffer.concat([gzipSync('{"text":"a"}\n').subarray(0, -8), Buffer.alloc(8, 7)]),
      'incorrect data check',
    ],
    ['cut.txt.zst', ZST.subarray(0, 30), 'unexpected EOF, after 8 bytes'],
    ['bad.txt.zst', Buffer.from('no zstd at all'), 'invalid zstd data, after 0 bytes'],
  ])('%s that is damaged is named, with how far it could be read', async (name, bytes, says) => {
    writeFileSync(at(name), bytes);
    await expect(read([name])).rejects.toThrow(says);
    await expect(read([name], { shuffle: true })).rejects.toThrow(`cannot read ${at(name)}: `);
  });
});

describe('a data set from the hub, as it was downloaded', () => {
  it('gives its training split, file by file and record by record', async () => {
    const source = await openText([at('hub')]);
    expect(source.description).toBe(
      `2 files in ${at('hub')} (1 file of other splits and 1 other file left out)`,
    );
    for (const _ of [1, 2])
      expect(await documents(source.pieces())).toEqual(['a "quoted"', 'bé', 'c', 'a "quoted"']);
    expect(await read(['hub/data/test*'])).toEqual(['held back']);
  });

  it.each([
    ['hub/data/train-00000-of-00002.parquet', { field: 'txt' }, 'there is no field "txt"'],
    ['numbers.parquet', {}, 'expected strings in field "text", but it holds INTEGER'],
    ['null.parquet', {}, 'record 2: expected a string in field "text", but got null'],
  ])('%s with %o is refused by name', async (name, options, says) => {
    await expect(read([name], options)).rejects.toThrow(says);
    await expect(read([name], { ...options, dedupe: true })).rejects.toThrow(says);
    await expect(read([name], options)).rejects.toThrow(at(name));
  });

  it('a file that is cut off is named', async () => {
    await writeParquet(at('cut.parquet'), `SELECT 'a' AS text FROM range(100)`);
    truncateSync(at('cut.parquet'), 200);
    await expect(read(['cut.parquet'])).rejects.toThrow(`cannot read ${at('cut.parquet')}: No magic bytes`);
  });
});

describe('documents that are chosen', () => {
  const all = ['hub', 'rows.jsonl', 'rows.csv', 'plain.txt'];
  const inOrder = ['a "quoted"', 'bé', 'c', 'a "quoted"', 'one\n', 'c', 'x, "y"', 'c', 'p', 'c'];

  it('are the first of each text, in the order in which they are read', async () => {
    expect(await read(all)).toEqual(inOrder);
    expect(await read(all, { dedupe: true })).toEqual([...new Set(inOrder)]);
    expect(await read(all, { limit: 3 })).toEqual(inOrder.slice(0, 3));
    expect(await read(all, { dedupe: true, limit: 5 })).toEqual([...new Set(inOrder)].slice(0, 5));
  });

  it('are shuffled by the MD5 of seed, file and record, which no other reader and no machine changes', async () => {
    const places = [
      ...[0, 2].map((record) => `data/train-00000-of-00002.parquet:${record}`),
      ...[0, 1].map((record) => `data/train-00001-of-00002.parquet:${record}`),
      ...['rows.jsonl:0', 'rows.jsonl:2', 'rows.csv:0', 'rows.csv:1', 'plain.txt:0', 'plain.txt:1'],
    ];
    const keyed = (seed: number) =>
      places.map((place, i) => ({
        key: createHash('md5').update(`${seed}:${place}`).digest('hex'),
        text: inOrder[i]!,
      }));
    for (const seed of [7, 8]) {
      const wanted = keyed(seed).sort((a, b) => (a.key < b.key ? -1 : 1));
      const texts = wanted.map(({ text }) => text);
      expect(await read(all, { shuffle: true, seed })).toEqual(texts);
      expect(await read(all, { shuffle: true, seed, limit: 4 })).toEqual(texts.slice(0, 4));
    }
  });

  it('are those for which the condition holds, by the columns of each file', async () => {
    expect(await read(['hub'], { where: `language = 'en' -- or 'de'` })).toEqual(['a "quoted"', 'c']);
    expect(await read(['rows.jsonl', 'rows.csv'], { where: 'n >= 2' })).toEqual(['c', 'c']);
    expect(await read(['plain.txt'], { where: 'length(text) = 1 and text > $$k$$' })).toEqual(['p']);
    expect(await read(['null.parquet'], { where: 'text is not null' })).toEqual(['a']);
  });

  it('are told of with how many there were', async () => {
    const source = await openText([at('rows.csv')], { shuffle: true, seed: 3, limit: 1, spillFolder });
    expect(source.description).toBe(`${at('rows.csv')}, 1 of 2 documents: shuffled by seed 3`);
    source.close?.();
    expect(readdirSync(spillFolder)).toEqual([]);
  });

  it('may come from what can be read once, and from generated texts', async () => {
    const stdin = Readable.from([Buffer.from('a<|endoftext|>b<|endoftext|>a')]);
    const source = await openText(['-', 'builtin:counting-1'], {
      stdin,
      stories: 5,
      dedupe: true,
      spillFolder,
    });
    expect(await documents(source.pieces())).toEqual(['a', 'b', 'abc']);
    source.close?.();
  });

  it.each([
    [['rows.csv'], 'm > 1', 'cannot be asked of', 'Referenced column "m" not found'],
    [['rows.jsonl'], 'n >', 'cannot be asked of', 'syntax error'],
    [['plain.txt'], 'n > 1', 'cannot be asked of plain.txt', 'Referenced column "n"'],
    [['plain.txt'], `text = (select content from read_text('/etc/hosts'))`, 'Cannot access file'],
  ])('%s where %s is refused', async (inputs, where, ...says) => {
    for (const words of says) await expect(read(inputs, { where })).rejects.toThrow(words);
    expect(readdirSync(spillFolder)).toEqual([]);
  });

  it.each([
    ['broken.jsonl', '{"text":"a"}\n{"text"\n', 'broken.jsonl, line 2: not JSON'],
    ['type.jsonl', '{"text":"a"}\n\n{"text":3}\n', 'type.jsonl, record 2: expected a string in field "text"'],
    ['short.csv', 'text,n\na,1\nb\n', 'short.csv, line 3: expected 2 fields'],
    ['latin.jsonl', Buffer.from('{"text":"a"}\n{"text":"caf\xe9"}\n', 'latin1'), 'byte 0xe9 at offset 25'],
    ['latin.csv', Buffer.from('text\ncaf\xe9\n', 'latin1'), 'latin.csv is not UTF-8: byte 0xe9 at offset 8'],
  ])('%s is refused by file and place', async (name, content, says) => {
    writeFileSync(at(name), content);
    await expect(read([name], { shuffle: true })).rejects.toThrow(says);
    expect(readdirSync(spillFolder)).toEqual([]);
  });

  it.each([
    [
      'long.jsonl',
      `{"text":"${'a'.repeat(3000)}"}\n`,
      'long.jsonl, line 1: expected a text of at most 1,000',
    ],
    ['long.csv', `text\na\n${'a'.repeat(3000)}\n`, 'line 3: expected a row of at most 1,000 characters'],
    ['long.txt', 'a'.repeat(3000), 'long.txt, line 1: expected a document of at most 1,000 characters'],
    ['long.parquet', '', 'long.parquet, line 2: expected a text of at most 1,000 characters'],
  ])(
    '%s with a record that never seems to end is refused before it is held in memory',
    async (name, content, says) => {
      if (content !== '') writeFileSync(at(name), content);
      else
        await writeParquet(at(name), `SELECT repeat('a', 1 + 2999 * range::INTEGER) AS text FROM range(2)`);
      const part = { name, file: at(name), pieces: () => filePieces(at(name), 'text') };
      const options = { field: 'text', seed: 1, shuffle: true, spillFolder, longest: 1000 };
      await expect(selectDocuments([part], options)).rejects.toThrow(says);
    },
  );

  it('need some memory', async () => {
    await expect(read(['rows.csv'], { shuffle: true, memory: 1e6 })).rejects.toThrow('at least 128.0 MiB');
  });
});
