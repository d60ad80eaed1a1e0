// The encoder that web pages use gives tiktoken's ids.
import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { BYTES } from '../../src/tokenizers/bytes.ts';
import { ENCODINGS, readRanks, tableOf } from '../../src/tokenizers/encodings.ts';
import { ANY_STRETCH, GPT2_PATTERN } from '../../src/tokenizers/patterns.ts';
import { createEncoder } from '../../src/tokenizers/plain-encoder.ts';
import { createTiktokenEncoder } from '../../src/tokenizers/tiktoken-encoder.ts';
import { anyText, LONE_SURROGATES, WELL_FORMED } from './texts.ts';

describe.each(ENCODINGS)('%s', async (name) => {
  const theirs = get_encoding(name);
  const { bpe_ranks, pat_str } = await tableOf(name);
  const ours = createEncoder(readRanks(bpe_ranks), pat_str);
  afterAll(() => theirs.free());
  const agree = (text: string) => {
    expect(ours.encode(text)).toEqual(theirs.encode_ordinary(text));
  };

  it('gives tiktoken’s ids', () => {
    for (const text of [...WELL_FORMED, LONE_SURROGATES, WELL_FORMED.join('\n'), "IT'S ST'ſ Ma'AM x'Ll"])
      agree(text);
  });

  it('gives tiktoken’s ids for any text', () => {
    fc.assert(fc.property(anyText, agree), { numRuns: 60 });
  });

  it('gives tiktoken’s ids for words of thousands of characters, which mergeLong merges', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', 't', 'h', 'e'), minLength: 1, maxLength: 9 });
    const long = fc
      .tuple(few, fc.constantFrom('', ' ', '\n', '=-', '12'))
      .map(([a, b]) => a.repeat(400) + b.repeat(900));
    fc.assert(fc.property(long, agree), { numRuns: 10 });
  });
});

const createNodeEncoder = (idOf: ReadonlyMap<string, number>, pattern: string) =>
  createTiktokenEncoder(idOf, pattern, () => createEncoder(idOf, pattern));

it('tiktoken-encoder.ts encodes a word of a million characters, which tiktoken cannot', () => {
  const idOf = new Map([...BYTES, '\n\n'].map((token, id) => [token, id]));
  const text = `${'\n'.repeat(1_000_001)}a`;
  const ids = createNodeEncoder(idOf, GPT2_PATTERN).encode(text); // the engine fails; ours takes its place
  expect(ids).toHaveLength(500_002);
  expect([ids[0], ids[499_999], ids[500_000], ids[500_001]]).toEqual([256, 256, 10, 97]);
});

it('without merges, the ids are those of the bytes', () => {
  const idOf = new Map(BYTES.map((byte, id) => [byte, id]));
  const text = WELL_FORMED.join(' ').repeat(3);
  expect(createEncoder(idOf, ANY_STRETCH).encode(text)).toEqual(Uint32Array.from(Buffer.from(text)));
});

it('without C++ a text has the same ids before and after tiktoken’s engine takes over', async () => {
  const { bpe_ranks, pat_str } = await tableOf('cl100k_base');
  const encoder = createNodeEncoder(readRanks(bpe_ranks), pat_str);
  const texts = ["It's 12,345 o'CLOCK:\r\n\n  sleep \t\n", 'naïve café № 5', ...WELL_FORMED];
  const before = texts.map((text) => encoder.encode(text));
  const long = 'the moon rose over the hills. '.repeat(5000);
  const first = encoder.encode(long);
  expect(texts.map((text) => encoder.encode(text))).toEqual(before);
  expect(first).toEqual(createEncoder(readRanks(bpe_ranks), pat_str).encode(long));
});
