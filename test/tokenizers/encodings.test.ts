import { existsSync, readFileSync } from 'node:fs';
import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { ENCODINGS, tiktokenEncoding } from '../../src/tokenizers/encodings.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { LONE_SURROGATES, WELL_FORMED } from './texts.ts';

const TEXTS = [...WELL_FORMED, LONE_SURROGATES, WELL_FORMED.join(' <|endoftext|>')];
const LONG = process.env.KILLS !== undefined; // npm run test:long
const HUGGING_FACE_GPT2 = new URL('../../../shared/data/gpt2/tokenizer.json', import.meta.url);

describe.each(ENCODINGS)('%s', async (name) => {
  const theirs = get_encoding(name);
  const ours = await tiktokenEncoding(name);
  afterAll(() => theirs.free());

  it('gives tiktoken’s ids', () => {
    for (const text of TEXTS) expect(ours.encode(text)).toEqual(theirs.encode_ordinary(text));
    expect(theirs.encode('<|endoftext|>', 'all')).toEqual(Uint32Array.of(ours.endOfText!));
  });

  it('has tiktoken’s bytes', () => {
    for (let id = 0; id < ours.endOfText! - 1; id += 37) {
      expect(ours.bytesOf(id)).toEqual(theirs.decode_single_token_bytes(id));
    }
  });

  // r50k_base is gpt2 by another name; the merges of o200k_base, found by trying each of its tokens, take half of this file's time.
  it.skipIf(name === 'r50k_base' || (name === 'o200k_base' && !LONG))(
    'is the same after a round trip through tokenizer.json',
    () => {
      const again = fromJson(JSON.parse(JSON.stringify(ours.toJSON())), 'again');
      for (const text of TEXTS) expect(again.encode(text)).toEqual(theirs.encode_ordinary(text));
      const { kind, vocabSize, endOfText } = again;
      expect([kind, vocabSize, endOfText]).toEqual(['bpe', ours.vocabSize, ours.endOfText]);
    },
  );
});

describe('gpt2', () => {
  it.skipIf(!existsSync(HUGGING_FACE_GPT2))('is the tokenizer of Hugging Face’s tokenizer.json', async () => {
    const file = JSON.parse(readFileSync(HUGGING_FACE_GPT2, 'utf8'));
    const gpt2 = await tiktokenEncoding('gpt2');
    const read = fromJson(file, 'gpt2');
    for (const text of TEXTS) expect(read.encode(text)).toEqual(gpt2.encode(text));
    expect(read.fingerprint).toBe(gpt2.fingerprint);
    expect(gpt2.toJSON()).toMatchObject({ model: { vocab: file.model.vocab, merges: file.model.merges } });
  });
});

describe('the sizes of the vocabularies', () => {
  it.each([
    ['gpt2', 50257],
    ['r50k_base', 50257],
    ['p50k_base', 50281],
    ['cl100k_base', 100277],
    ['o200k_base', 200019],
  ] as const)('%s: %d, as OpenAI publishes them', async (name, size) => {
    expect((await tiktokenEncoding(name)).vocabSize).toBe(size);
  });

  it('count ids that are unused, which decode to nothing', async () => {
    const tokenizer = await tiktokenEncoding('cl100k_base');
    expect(tokenizer.decode([15339, 100256, 15339])).toBe('hellohello');
    expect(() => tokenizer.decode([100277])).toThrow('expected a whole number below 100277');
  });
});
