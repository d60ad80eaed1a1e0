// The encoder in C++ gives tiktoken's ids, whatever the text, and takes nothing that is no vocabulary.
import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { Tiktoken } from 'tiktoken/lite';
import { afterAll, describe, expect, it } from 'vitest';
import { isMissing, loadBinary } from '../../src/base/native-binary.ts';
import { BYTES } from '../../src/tokenizers/bytes.ts';
import { ENCODINGS, readRanks, tableOf } from '../../src/tokenizers/encodings.ts';
import { type NativeTokenizers, nativeFor } from '../../src/tokenizers/native.ts';
import { createNativeEncoder } from '../../src/tokenizers/native-encoder.ts';
import {
  ANY_STRETCH,
  CL100K_PATTERN,
  GPT2_PATTERN,
  O200K_PATTERN,
  QWEN2_PATTERN,
  SMOLLM_PATTERN,
} from '../../src/tokenizers/patterns.ts';
import { createEncoder as createPlainEncoder } from '../../src/tokenizers/plain-encoder.ts';
import { anyText, LONE_SURROGATES, WELL_FORMED } from './texts.ts';

const LONG = process.env.KILLS !== undefined; // npm run test:long
const addon = loadBinary<NativeTokenizers>(['createEncoder']);
const missing = isMissing(addon) ? addon.reason : undefined;

const BYTE_IDS = new Map(BYTES.map((byte, id) => [byte, id]));
const HARD = [
  ...WELL_FORMED,
  LONE_SURROGATES,
  WELL_FORMED.join('\n'),
  "IT'S ST'ſ Ma'AM x'Ll 'Re 'vE'D 'still don't",
  'ABCdef ABC ABCªDEF ǅungla ªbc aǅ \u0301\u0301A \u0301AB x\u0301Y ABC\u0301 !a !A! \u00a0a\u00a0A',
  'a/b//c !/\n/\r\n/x ?\r\n\r\n  \n  x 1234567 \n12  3 ١٢٣٤ ²³ ⅧⅨ',
];

/** A character of every run of one class, and its neighbours. */
function everyKind(step: number): string {
  const points = Array.from({ length: Math.floor(0x110000 / step) }, (_, i) => i * step);
  return points
    .filter((point) => point < 0xd800 || point > 0xdfff)
    .map((point) => `${String.fromCodePoint(point)}a${String.fromCodePoint(point)} 1`)
    .join('');
}

describe.skipIf(missing)(missing ?? 'native', () => {
  describe.each(ENCODINGS)('%s', async (name) => {
    const theirs = get_encoding(name);
    const { bpe_ranks, pat_str } = await tableOf(name);
    const ours = createNativeEncoder(readRanks(bpe_ranks), pat_str)!;
    afterAll(() => theirs.free());
    const agree = (text: string) => {
      expect(ours.encode(text)).toEqual(theirs.encode_ordinary(text));
    };

    it('gives tiktoken’s ids', () => {
      for (const text of HARD) agree(text);
    });

    it('gives tiktoken’s ids for any text', () => {
      fc.assert(fc.property(anyText, agree), { numRuns: LONG ? 5000 : 60 });
    });

    it('gives tiktoken’s ids for long words', () => {
      const few = fc.string({ unit: fc.constantFrom('a', 'b', 'h', 'é', '語'), minLength: 1, maxLength: 9 });
      const long = fc
        .tuple(few, fc.constantFrom('', ' ', '\n', '=-', '12'), fc.integer({ min: 1, max: 60 }))
        .map(([a, b, times]) => a.repeat(times) + b.repeat(2 * times));
      fc.assert(fc.property(long, agree), { numRuns: 20 });
    });
  });

  it.each([
    ['gpt2', GPT2_PATTERN],
    ['cl100k', CL100K_PATTERN],
    ['o200k', O200K_PATTERN],
    ['qwen2', QWEN2_PATTERN],
    ['smollm', SMOLLM_PATTERN],
  ])('splits words as tiktoken does by the pattern of %s', (_, pattern) => {
    // With these merges alone, ids show where a word ends: whether a character goes with the one before it.
    const pairs = BYTES.flatMap((byte) => [
      `${byte}a`,
      `a${byte}`,
      ` ${byte}`,
      `${byte} `,
      `${byte}1`,
      `${byte}\n`,
    ]);
    const idOf = new Map([...new Set([...BYTES, ...pairs])].map((token, id) => [token, id]));
    const ranks = Array.from(idOf, ([token, id]) => `${btoa(token)} ${id}`).join('\n');
    const theirs = new Tiktoken(ranks, {}, pattern);
    const ours = createNativeEncoder(idOf, pattern)!;
    const agree = (text: string) => {
      expect(ours.encode(text)).toEqual(theirs.encode_ordinary(text));
    };
    for (const text of HARD) agree(text);
    fc.assert(fc.property(anyText, agree), { numRuns: LONG ? 5000 : 60 });
    agree(everyKind(LONG ? 1 : 97));
    theirs.free();
  });

  it('encodes a word of millions of bytes', () => {
    const ours = createNativeEncoder(
      new Map([...BYTES, 'aa', 'aaaa'].map((token, id) => [token, id])),
      GPT2_PATTERN,
    )!;
    const size = LONG ? 10_000_000 : 1_000_000;
    const ids = ours.encode(`${'a'.repeat(size)}b`);
    expect(ids).toHaveLength(size / 4 + 1);
    expect([ids[0], ids.at(-2), ids.at(-1)]).toEqual([257, 257, 98]);
  });

  it('without merges, gives the bytes’ ids', () => {
    const text = WELL_FORMED.join(' ');
    expect(createNativeEncoder(BYTE_IDS, ANY_STRETCH)!.encode(text)).toEqual(
      Uint32Array.from(Buffer.from(text)),
    );
  });

  it('takes a word that is a token whole, though merging does not lead to it', () => {
    const idOf = new Map([...BYTES, 'abc'].map((token, id) => [token, id]));
    expect([...createNativeEncoder(idOf, GPT2_PATTERN)!.encode('abc abc')]).toEqual([256, 32, 97, 98, 99]);
  });

  it('encodes many texts in their order, by any number of threads', async () => {
    const { bpe_ranks } = await tableOf('gpt2');
    const { native, split } = nativeFor(GPT2_PATTERN)!;
    const idOf = readRanks(bpe_ranks);
    const bytes = Buffer.from([...idOf.keys()].join(''), 'latin1');
    const lengths = Int32Array.from(idOf.keys(), ({ length }) => length);
    const encoder = native.createEncoder(bytes, lengths, Int32Array.from(idOf.values()), split);
    const texts = Array.from({ length: 40 }, (_, i) => HARD[i % HARD.length]!.repeat(1 + (i % 7)));
    const plain = createPlainEncoder(idOf, GPT2_PATTERN);
    const expected = texts.map((text) => plain.encode(text));
    for (const threads of [1, 2, 7])
      expect(await native.encodeAll(encoder, texts, threads)).toEqual(expected);
    expect(await native.encodeAll(encoder, [], 4)).toEqual([]);
  });

  describe('refuses', () => {
    const { native } = missing ? { native: undefined! } : nativeFor(GPT2_PATTERN)!;
    const ones = new Int32Array(256).fill(1);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const ids = Int32Array.from(bytes);
    const withLast = (array: Int32Array, value: number) => Int32Array.from([...array.slice(0, 255), value]);

    it.each<[string, () => unknown]>([
      ['lengths', () => native.createEncoder(bytes, withLast(ones, 2), ids, 0)],
      ['lengths', () => native.createEncoder(bytes, withLast(ones, -1), ids, 0)],
      ['lengths', () => native.createEncoder(bytes, withLast(ones, 0), ids, 0)],
      ['256 elements', () => native.createEncoder(bytes, ones, ids.slice(1), 0)],
      ['ids below', () => native.createEncoder(bytes, ones, withLast(ids, 2 ** 20), 0)],
      ['ids below', () => native.createEncoder(bytes, ones, withLast(ids, -1), 0)],
      [
        'the same token',
        () => native.createEncoder(Uint8Array.from([...bytes.slice(0, 255), 7]), ones, ids, 0),
      ],
      ['two tokens have the id 7', () => native.createEncoder(bytes, ones, withLast(ids, 7), 0)],
      [
        'the byte 97 has no token',
        () => native.createEncoder(bytes.slice(0, 97), ones.slice(0, 97), ids.slice(0, 97), 0),
      ],
      ['a split below', () => native.createEncoder(bytes, ones, ids, 6)],
      ['an encoder', () => native.encode(native.createLearner(0) as never, 'a')],
      ['an encoder', () => native.encode({} as never, 'a')],
      ['to be a string', () => native.encode(native.createEncoder(bytes, ones, ids, 0), 7 as never)],
      [
        'an array of strings',
        () => native.encodeAll(native.createEncoder(bytes, ones, ids, 0), 'a' as never, 1),
      ],
      ['at least 1', () => native.encodeAll(native.createEncoder(bytes, ones, ids, 0), [], 0)],
    ])('what is wrong about %s', (message, call) => {
      expect(call).toThrow(message);
    });
  });
});
