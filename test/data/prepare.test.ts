import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.ts';
import type { PrepareProgress } from '../../src/data/encode.ts';
import { type PrepareOptions, prepareData } from '../../src/data/prepare.ts';
import type { TextSource } from '../../src/text/source.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { tiktokenEncoding } from '../../src/tokenizers/encodings.ts';
import { loadTokenizer } from '../../src/tokenizers/store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { codePointTokenizer, sourceOf } from './stand-ins.ts';

const root = temporaryFolder();
let folders = 0;
const newPath = () => join(root, `data-${folders++}`);
const ascii = codePointTokenizer(128);

function prepare(source: TextSource, options: Partial<PrepareOptions> = {}) {
  return prepareData({ source, tokenizer: ascii, out: newPath(), valFraction: 0.1, seed: 1, ...options });
}

/** Ids that are code points, read as the text they are. */
const text = (out: string, split: string) => readFileSync(join(out, `${split}.bin`), 'utf16le');

describe('one document', () => {
  it('is written as nanoGPT writes it: no header, tail split, no end-of-text tokens', async () => {
    const out = newPath();
    const tokenizer = codePointTokenizer(65_536, 0);
    const meta = await prepare(sourceOf([['Ein kle', 'ines Ge', 'dicht']]), { out, tokenizer });
    expect(text(out, 'train')).toBe('Ein kleines Gedic'); // int(19 * 0.9) = 17
    expect(text(out, 'val')).toBe('ht');
    expect(meta.splits.train).toEqual({
      tokens: 17,
      bytes: 17,
      documents: 1,
      sha256: createHash('sha256').update(Buffer.from('Ein kleines Gedic', 'utf16le')).digest('hex'),
    });
    expect(meta).toMatchObject({ dtype: 'uint16', seed: 1, valFraction: 0.1, source: 'test documents' });
    expect(JSON.parse(readFileSync(join(out, 'meta.json'), 'utf8'))).toEqual(meta);
  });

  it('takes uint32 for more than 65,536 ids, and counts UTF-8 bytes', async () => {
    const out = newPath();
    const meta = await prepare(sourceOf([['aé日😀'.repeat(5)]]), {
      out,
      tokenizer: codePointTokenizer(0x110000),
      valFraction: 0.2,
    });
    expect(meta.dtype).toBe('uint32');
    const bytes = readFileSync(join(out, 'val.bin'));
    expect([0, 4, 8, 12].map((at) => bytes.readUInt32LE(at))).toEqual([0x61, 0xe9, 0x65e5, 0x1f600]);
    expect(meta.splits.val).toMatchObject({ tokens: 4, bytes: 1 + 2 + 3 + 4 });
    const data = openDataset(out, 'tokens');
    expect([...data.val.read(2, 2)]).toEqual([0x65e5, 0x1f600]);
    data.close();
  });

  it('has the same tokens whether it is read in pieces or whole', async () => {
    const out = newPath();
    const words = 'It’s  a long story,\nand 日本 is in it 12 times; ';
    const pieces = Array.from({ length: 60 }, (_, i) => words.repeat(300).slice(i)); // 0.8 million characters
    const tokenizer = await tiktokenEncoding('gpt2');
    await prepare(sourceOf([pieces]), { out, tokenizer });
    const whole = pieces.join('');
    const train = Math.floor([...whole].length * 0.9);
    for (const [split, part] of [
      ['train', whole.slice(0, train)],
      ['val', whole.slice(train)],
    ] as const) {
      const ids = Buffer.from(Uint16Array.from(tokenizer.encode(part)).buffer);
      expect(readFileSync(join(out, `${split}.bin`)).equals(ids)).toBe(true);
    }
  });
});

it('a document that is cut has no nats, because a probability belongs to all of it', async () => {
  const { splits } = await prepare(sourceOf([['some text that is long enough']], () => 3));
  expect([splits.train.nats, splits.val.nats]).toEqual([undefined, undefined]);
});

describe('several documents', () => {
  const documents = Array.from({ length: 200 }, (_, i) => [`document ${i} `, `ends here`]);

  it('stay whole, each followed by the end-of-text token', async () => {
    const out = newPath();
    const meta = await prepare(sourceOf(documents), { out, tokenizer: codePointTokenizer(128, 127) });
    const train = text(out, 'train').split('\x7f');
    const val = text(out, 'val').split('\x7f');
    expect([train.pop(), val.pop()]).toEqual(['', '']);
    expect([...train, ...val].sort()).toEqual(documents.map((pieces) => pieces.join('')).sort());
    expect([meta.splits.train.documents, meta.splits.val.documents]).toEqual([train.length, val.length]);
    expect(meta.splits.val.bytes).toBe(val.join('').length);
    expect(meta.splits.val.tokens).toBe(val.join('').length + val.length);
    expect(meta.tokenizer.endOfText).toBe(127);
    expect(val.length).toBeGreaterThan(5);
  });

  it('are followed by nothing where the tokenizer has no end-of-text token; empty documents are left out', async () => {
    const out = newPath();
    const meta = await prepare(sourceOf([[''], ...documents, ['', '']]), { out });
    const all = text(out, 'train') + text(out, 'val');
    expect(all.length).toBe(documents.flat().join('').length);
    expect(meta.splits.train.documents + meta.splits.val.documents).toBe(200);
    expect(meta.tokenizer).not.toHaveProperty('endOfText');
  });

  it('are split the same way by the same seed only', async () => {
    const val = async (seed: number) => (await prepare(sourceOf(documents), { seed })).splits.val.sha256;
    const [first, again, other] = [await val(1), await val(1), await val(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('have their nats summed by split, if every document of the split has them', async () => {
    const { splits } = await prepare(sourceOf(documents, (document) => 2 ** (document % 3)));
    const whole = documents.reduce((sum, _, document) => sum + 2 ** (document % 3), 0);
    expect(splits.train.nats! + splits.val.nats!).toBe(whole);
    expect(splits.val.nats).toBeGreaterThanOrEqual(splits.val.documents);
    expect(splits.val.nats).toBeLessThanOrEqual(4 * splits.val.documents);
    const partly = await prepare(sourceOf(documents, (document) => (document % 2 ? 1 : undefined)));
    expect([partly.splits.train.nats, partly.splits.val.nats]).toEqual([undefined, undefined]);
  });
});

it('the tokenizer is saved beside the tokens', async () => {
  const out = newPath();
  const source = sourceOf([['to be or not to be']]);
  const meta = await prepare(source, { out, tokenizer: await learnCharacters(source) });
  const tokenizer = await loadTokenizer(out);
  expect(tokenizer.fingerprint).toBe(meta.tokenizer.fingerprint);
  const data = openDataset(out, 'tokens');
  expect(tokenizer.decode(data.train.read(0, data.train.length))).toBe('to be or not to ');
  data.close();
});

describe('the folder', () => {
  const good = sourceOf([['some text that is long enough']]);

  it('does not exist, nor anything beside it, after the text fails half-way', async () => {
    const parent = newPath();
    let reads = 0;
    const failing: TextSource = {
      description: 'failing',
      async *pieces() {
        yield { text: 'the first half ', endsDocument: false };
        if (++reads === 2) throw new Error('pulled out');
        yield { text: 'the second half', endsDocument: true };
      },
    };
    await expect(prepare(failing, { out: join(parent, 'data') })).rejects.toThrow('pulled out');
    expect(reads).toBe(2);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('keeps the old text when the new one fails, and is replaced when it does not', async () => {
    const out = join(newPath(), 'data');
    await prepare(good, { out });
    const old = readFileSync(join(out, 'meta.json'), 'utf8');
    await expect(prepare(sourceOf([['short']]), { out })).rejects.toThrow(
      /at least 2 tokens in the val split/,
    );
    expect(readFileSync(join(out, 'meta.json'), 'utf8')).toBe(old);
    await prepare(sourceOf([['another text that is long enough']]), { out });
    expect(text(out, 'train')).toBe('another text that is long en');
    expect(readdirSync(join(out, '..'))).toEqual(['data']);
  });

  it('may exist if it is empty, but not if it holds anything that is not ours', async () => {
    const out = newPath();
    mkdirSync(out);
    await prepare(good, { out });
    writeFileSync(join(out, 'notes.txt'), 'mine');
    await expect(prepare(good, { out })).rejects.toThrow(
      /new, empty or a prepared text, but it holds notes\.txt/,
    );
    expect(readFileSync(join(out, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('is not taken for prepared text when it holds a tokenizer', async () => {
    const out = newPath();
    mkdirSync(out);
    writeFileSync(join(out, 'tokenizer.json'), '{}');
    writeFileSync(join(out, 'meta.json'), '{}');
    await expect(prepare(good, { out })).rejects.toThrow(/or a prepared text/);
    expect(existsSync(join(out, 'tokenizer.json'))).toBe(true);
  });

  it('cannot be made where a file is in the way', async () => {
    const out = newPath();
    writeFileSync(out, '');
    await expect(prepare(good, { out })).rejects.toThrow(
      /there is a file where a folder is needed while writing/,
    );
    await expect(prepare(good, { out: join(out, 'data') })).rejects.toThrow(
      /there is a file where a folder is needed while writing/,
    );
  });
});

describe('prepareData refuses', () => {
  it.each([0, 1, -0.1, Number.NaN])('a valFraction of %d', async (valFraction) => {
    await expect(prepare(sourceOf([['text']]), { valFraction })).rejects.toThrow(
      /above 0 and below 1 for valFraction/,
    );
  });

  it('a source without text', async () => {
    await expect(prepare(sourceOf([['']]))).rejects.toThrow('there is no text in test documents');
  });

  it('a split of fewer than 2 tokens, with advice', async () => {
    const short = sourceOf([['abcdefghij']]);
    await expect(prepare(short)).rejects.toMatchObject({
      hint: 'give more text, or a larger --val-fraction',
    });
    await expect(prepare(short, { valFraction: 0.9 })).rejects.toMatchObject({
      message: 'expected at least 2 tokens in the train split, but it has 0',
      hint: 'give more text, or a smaller --val-fraction',
    });
  });

  it('a text that changes between the two readings', async () => {
    let reads = 0;
    const changing: TextSource = {
      description: 'log.txt',
      pieces: () => sourceOf([['line\n'.repeat(9 + reads++)]]).pieces(),
    };
    await expect(prepare(changing)).rejects.toThrow('log.txt changed while it was read');
  });

  it('a tokenizer’s id outside its vocabulary', async () => {
    await expect(prepare(sourceOf([['plain text, then é']]))).rejects.toThrow(
      'internal: token id 233 in a vocabulary of 128',
    );
  });
});

it('progress is reported up to the end', async () => {
  const seen: PrepareProgress[] = [];
  await prepare(sourceOf([['half of it, ', 'other half.']]), {
    onProgress: (progress) => seen.push(progress),
  });
  expect(seen).toEqual([
    { phase: 'count', bytes: 12 },
    { phase: 'count', bytes: 23 },
    { phase: 'encode', bytes: 10, totalBytes: 23 }, // up to the last word's end
    { phase: 'encode', bytes: 23, totalBytes: 23 },
  ]);
});

const shakespeare = new URL('../../../shared/data/tinyshakespeare.txt', import.meta.url);

describe.runIf(existsSync(shakespeare))('tiny Shakespeare, in nanoGPT’s numbers', () => {
  const pieces = existsSync(shakespeare) ? readFileSync(shakespeare, 'utf8').match(/.{1,65536}/gs)! : [];

  it('a character tokenizer has nanoGPT’s token counts', async () => {
    const tokenizer = await learnCharacters(sourceOf([pieces]));
    const meta = await prepare(sourceOf([pieces]), { tokenizer });
    expect(meta.tokenizer.vocabSize).toBe(65);
    expect([meta.splits.train.tokens, meta.splits.val.tokens]).toEqual([1_003_854, 111_540]);
    expect([meta.splits.train.bytes, meta.splits.val.bytes]).toEqual([1_003_854, 111_540]);
  });

  it('gpt2 has nanoGPT’s token counts', async () => {
    const tokenizer = await tiktokenEncoding('gpt2');
    const meta = await prepare(sourceOf([pieces]), { tokenizer });
    expect([meta.splits.train.tokens, meta.splits.val.tokens]).toEqual([301_966, 36_059]);
  });
});
