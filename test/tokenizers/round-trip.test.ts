// Properties of every tokenizer, on any text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBetweenWords, piecesToEncode } from '../../src/tokenizers/boundary.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { symbolsOf } from '../../src/tokenizers/bytes.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { tiktokenEncoding } from '../../src/tokenizers/encodings.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { createTextStream } from '../../src/tokenizers/text-stream.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';
import { anyText, LONE_SURROGATES, sourceOf, WELL_FORMED } from './texts.ts';

const learned = await learnBpe(sourceOf([...WELL_FORMED, ...WELL_FORMED]), 400);
const gpt2 = await tiktokenEncoding('gpt2');
const cl100k = await tiktokenEncoding('cl100k_base');
const o200k = await tiktokenEncoding('o200k_base');
const char = await learnCharacters(sourceOf(WELL_FORMED));
const ofFamily = (shape: string) => fromJson(goldenTokenizer(shape).tokenizer, shape);
const [smollm, llama3, qwen] = [ofFamily('smollm'), ofFamily('llama3'), ofFamily('qwen')];
/** Makes of İ another letter and a mark, of which it has a token together with the end of a line. */
function folding() {
  const { model, ...json } = goldenTokenizer('qwen').tokenizer as {
    model: { vocab: object; merges: string[][] };
  };
  const [first, second, mark, all] = ['\xcc', '\x87', '\xcc\x87', '\xcc\x87\n'].map(symbolsOf);
  const vocab = { ...model.vocab, [mark!]: 500, [all!]: 501 };
  const merges = [...model.merges, [first, second], [mark, symbolsOf('\n')]];
  const normalizer = { type: 'Sequence', normalizers: [{ type: 'Lowercase' }, { type: 'NFKD' }] };
  return fromJson({ ...json, normalizer, model: { ...model, vocab, merges } }, 'folding');
}
const alphabet = fc.string({ unit: fc.constantFrom(...new Set(WELL_FORMED.join(''))) });

describe.each([
  ['byte', byteTokenizer(), anyText],
  ['learned', learned, anyText],
  ['gpt2', gpt2, anyText],
  ['o200k_base', o200k, anyText],
  ['smollm', smollm, anyText],
  ['llama3', llama3, anyText],
  ['char', char, alphabet],
])('%s', (_, tokenizer, texts) => {
  it('decodes what it encoded', () => {
    fc.assert(fc.property(texts, (text) => tokenizer.decode(tokenizer.encode(text)) === text));
  });

  it('streams the same text, never half a character', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const stream = createTextStream(tokenizer);
        const parts = Array.from(tokenizer.encode(text), (id) => stream.push(id));
        const half = text.includes('\ufffd') ? /\p{Cs}/u : /\p{Cs}|\ufffd/u; // a text may hold U+FFFD itself
        expect(parts.every((part) => !half.test(part))).toBe(true);
        expect([...parts, stream.end()].join('')).toBe(text);
      }),
    );
  });

  it('gives U+FFFD for half a surrogate pair', () => {
    if (tokenizer === char) return;
    expect(tokenizer.decode(tokenizer.encode(LONE_SURROGATES))).toBe('a\ufffdb \ufffd\ufffd c\ufffd');
  });
});

describe('cutBetweenWords', () => {
  it('changes no token, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyText), fc.integer({ min: 1, max: 40 }), async (documents, size) => {
        const pieces = await all(cutBetweenWords(sourceOf(documents, size).pieces()));
        expect(pieces.map(({ text }) => text).join('')).toBe(documents.join(''));
        expect(pieces.filter(({ endsDocument }) => endsDocument)).toHaveLength(documents.length);
        for (const tokenizer of [learned, gpt2, cl100k, o200k, smollm, llama3]) {
          const whole = documents.flatMap((text) => [...tokenizer.encode(text)]);
          expect(pieces.flatMap(({ text }) => [...tokenizer.encode(text)])).toEqual(whole);
        }
      }),
    );
  });
});

describe('cutBetweenWords where no word ends for long', () => {
  it('keeps the text in pieces that are not too long, and cuts no character', async () => {
    const wordless = fc.string({ unit: fc.constantFrom('1', ' ', '\n', '🙂', 'a'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(wordless), fc.integer({ min: 2, max: 9 }), async (documents, size) => {
        const pieces = await all(cutBetweenWords(sourceOf(documents, size).pieces(), { longest: 8 }));
        const texts = pieces.map(({ text }) => text);
        expect(texts.join('')).toBe(documents.join(''));
        expect(Math.max(0, ...texts.map(({ length }) => length))).toBeLessThanOrEqual(8);
        expect(texts.filter((text) => /\p{Cs}/u.test(text))).toEqual([]);
        expect(pieces.filter(({ endsDocument }) => endsDocument)).toHaveLength(documents.length);
      }),
    );
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('piecesToEncode', () => {
  it('cuts where words end, if there are neither added tokens nor a normalizer', async () => {
    const pieces = () => sourceOf(['a <think> b, c', 'c'], 3).pieces();
    expect(await all(piecesToEncode(pieces(), smollm))).toEqual(await all(cutBetweenWords(pieces())));
  });

  it('cuts no added token: only before white space', async () => {
    const pieces = await all(piecesToEncode(sourceOf(['a<think> b c, d', 'c'], 3).pieces(), qwen));
    expect(pieces.map(({ text }) => text)).toEqual(['a<think> b', ' c, d', 'c']);
    const some = fc.constantFrom(
      '<think>',
      '</think>',
      ' ',
      '\n',
      '\u0958',
      '\u0130',
      '\u305b',
      '\u337f',
      'e\u0301',
    );
    const texts = fc.array(fc.oneof(some, anyText), { maxLength: 8 }).map((parts) => parts.join(''));
    const tokenizers = [qwen, folding()];
    await fc.assert(
      fc.asyncProperty(fc.array(texts), fc.integer({ min: 1, max: 40 }), async (documents, size) => {
        for (const tokenizer of tokenizers) {
          const cut = await all(piecesToEncode(sourceOf(documents, size).pieces(), tokenizer));
          const whole = documents.flatMap((text) => [...tokenizer.encode(text)]);
          expect(cut.flatMap(({ text }) => [...tokenizer.encode(text)])).toEqual(whole);
        }
      }),
    );
  });

  it.each(['gemma', 'llama2', 'mistral', 'other'])('keeps documents whole: %s', async (shape) => {
    const pieces = await all(piecesToEncode(sourceOf(['a b c d', 'e'], 3).pieces(), ofFamily(shape)));
    expect(pieces.map(({ text }) => text)).toEqual(['a b c d', 'e']);
  });

  it('refuses documents that are too long only where they cannot be cut', async () => {
    async function* long() {
      for (let i = 0; i < 17; i++) yield { text: 'a b '.repeat(2 ** 20), endsDocument: i === 16 };
    }
    let length = 0;
    for await (const { text } of piecesToEncode(long(), qwen)) length += text.length;
    expect(length).toBe(17 * 2 ** 22);
    await expect(all(piecesToEncode(long(), ofFamily('gemma')))).rejects.toThrow(
      'expected documents of at most 67,108,864 characters, as the tokenizer encodes each in one piece',
    );
  });
});

describe('createTextStream', () => {
  it('shows an unfinished character at the end only', () => {
    const stream = createTextStream(byteTokenizer());
    expect([0xf0, 0x9f, 0x98].map((id) => stream.push(id))).toEqual(['', '', '']);
    expect(stream.end()).toBe('\ufffd');
  });
});
