import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { codePointTokenizer, sourceOf } from './stand-ins.ts';

const root = temporaryFolder();
const train = Uint16Array.of(1, 2, 3, 500, 65_535);
const val = Uint16Array.of(7, 8);
const sha256 = (data: Uint8Array | Uint16Array) => createHash('sha256').update(data).digest('hex');

/** A folder written without the code under test; `change` edits its meta.json. */
function makeFolder(name: string, change: object = {}): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'train.bin'), train);
  writeFileSync(join(folder, 'val.bin'), val);
  const meta = {
    format: 1,
    dtype: 'uint16',
    tokenizer: { name: 'gpt2', kind: 'bpe', vocabSize: 65_536, fingerprint: 'abc', endOfText: 50_256 },
    source: 'a test',
    seed: 1,
    valFraction: 0.3,
    splitRule: 'by hand',
    splits: {
      train: { tokens: 5, bytes: 9, documents: 2, sha256: sha256(train) },
      val: { tokens: 2, bytes: 4, documents: 1, nats: 1.5, sha256: sha256(val) },
    },
    ...change,
  };
  writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta));
  return folder;
}

describe('openDataset', () => {
  it('gives meta and tokens', async () => {
    const folder = makeFolder('good');
    const data = openDataset(folder, 'tokens');
    expect(data.folder).toBe(folder);
    expect([...data.train.read(0, data.train.length)]).toEqual([...train]);
    expect([...data.val.read(0, data.val.length)]).toEqual([...val]);
    expect(data.meta).toEqual({
      kind: 'tokens',
      ...JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')),
    });
    await data.verify();
    data.close();
  });

  it('says how to make a folder that is not there', () => {
    const folder = join(root, 'nowhere');
    expect(() => openDataset(folder)).toThrow(
      expect.objectContaining({ hint: `make it: tsgpt prepare <text> --tokenizer <name> --out ${folder}` }),
    );
  });

  it('names a truncated, a longer and a missing token file', () => {
    const folder = makeFolder('sizes');
    truncateSync(join(folder, 'train.bin'), 7);
    expect(() => openDataset(folder)).toThrow(
      /train\.bin is damaged: expected 10 bytes \(5 tokens of uint16\), but it has 7/,
    );
    writeFileSync(join(folder, 'train.bin'), train);
    writeFileSync(join(folder, 'val.bin'), Uint16Array.of(7, 8, 9));
    expect(() => openDataset(folder)).toThrow(/val\.bin is damaged: expected 4 bytes .* it has 6/);
    rmSync(join(folder, 'val.bin'));
    expect(() => openDataset(folder)).toThrow(/val\.bin is damaged: it is missing/);
  });

  it('finds changed bytes when asked', async () => {
    const folder = makeFolder('changed');
    writeFileSync(join(folder, 'val.bin'), Uint16Array.of(7, 9));
    const data = openDataset(folder, 'tokens');
    await expect(data.verify()).rejects.toThrow(/val\.bin is damaged: expected SHA-256 .*, but it has/);
    data.close();
  });

  it.each([
    ['format', { format: 2 }],
    ['dtype', { dtype: 'int8' }],
    ['seed', { seed: 'one' }],
    ['splits.val', { splits: { train: { tokens: 5, bytes: 9, documents: 2, sha256: '00' } } }],
    ['tokenizer.vocabSize', { tokenizer: { name: 'a', kind: 'char', vocabSize: 0, fingerprint: 'f' } }],
  ])('names the damaged field %s of meta.json', (field, change) => {
    const folder = makeFolder(`field-${field}`, change);
    expect(() => openDataset(folder)).toThrow(
      new RegExp(`meta\\.json does not hold what was expected: ${field.replace('.', '\\.')}`),
    );
  });

  it('names a meta.json that is no JSON', () => {
    const folder = makeFolder('half');
    truncateSync(join(folder, 'meta.json'), 40);
    expect(() => openDataset(folder)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/meta\.json is not valid JSON/),
        hint: 'prepare the text again with the same --out',
      }),
    );
  });
});

describe('a mix of texts', () => {
  const folders = ['a', 'b'].map((name) => join(temporaryFolder(), name));
  const tokenizer = byteTokenizer();
  beforeAll(async () => {
    for (const [i, out] of folders.entries())
      await prepareData({
        source: sourceOf([[`${i}`.repeat(50)]]),
        tokenizer,
        out,
        valFraction: 0.2,
        seed: 1,
      });
  });

  it('is opened as one text, its validation splits one after the other, and by what it says of itself again', async () => {
    const data = openDataset(`${folders[0]}:0.7,${folders[1]}:0.3`, 'tokens');
    expect([data.train.length, data.val.length]).toEqual([80, 20]);
    expect(tokenizer.decode(data.val.read(5, 10))).toBe('0000011111');
    expect(data.train.mix!.map(({ weight, tokens }) => [weight, tokens.length])).toEqual([
      [0.7, 40],
      [0.3, 40],
    ]);
    expect(data.meta.source).toBe('0.7 × test documents + 0.3 × test documents');
    const again = openDataset(data.folder, 'tokens');
    expect(again.meta).toEqual(data.meta);
    await again.verify();
    again.close();
    data.close();
    const other = openDataset(`${folders[0]}:0.6,${folders[1]}:0.3`, 'tokens');
    expect(other.meta.splits.train.sha256).not.toBe(data.meta.splits.train.sha256);
    other.close();
  });

  it('of two tokenizers is refused, as is a part of next to nothing', async () => {
    const other = join(temporaryFolder(), 'c');
    await prepareData({
      source: sourceOf([['some text']]),
      tokenizer: codePointTokenizer(128),
      out: other,
      valFraction: 0.4,
      seed: 1,
    });
    expect(() => openDataset(`${folders[0]}:1,${other}:1`)).toThrow('expected texts of one tokenizer');
    expect(() => openDataset(`${folders[0]}:1,${folders[1]}:0.0001`)).toThrow('at least a thousandth');
    expect(() => openDataset(`${folders[0]}:1,none:1`)).toThrow('there is no none');
  });
});
