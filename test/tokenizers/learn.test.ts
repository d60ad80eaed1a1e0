import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countWords } from '../../src/tokenizers/count-words.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { GPT2_PATTERN } from '../../src/tokenizers/patterns.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { naiveEncode, naiveMerges, type Pair } from './naive-bpe.ts';
import { sourceOf, WELL_FORMED } from './texts.ts';

const POEM = `The rain in Spain stays mainly in the plain; the train's late again, they'll say.
We're here, we've heard, I'm told: "the mane, the main, the many."  1234 1234 12 34

`;
const TEXTS: readonly string[] = [
  POEM,
  'aaaa',
  'aaaaaaa aaaa aaa aa a',
  'ab ba ab ba cd dc cd dc', // every pair is as frequent as another
  'abcabcabcabc bcabca cabcab',
  'aabbaabb abab\n\n\n\n    \n    x',
];

function tokensOf(tokenizer: Tokenizer): number[][] {
  return Array.from({ length: tokenizer.vocabSize - 1 }, (_, id) => [...tokenizer.bytesOf(id)]);
}

function tokensOfMerges(merges: readonly Pair[]): number[][] {
  const tokens = Array.from({ length: 256 }, (_, byte) => [byte]);
  for (const [left, right] of merges) tokens.push([...tokens[left]!, ...tokens[right]!]);
  return tokens;
}

describe('learned merges', () => {
  it.each(TEXTS)('are those of counting every pair anew: %j', async (text) => {
    const expected = naiveMerges(text, 60);
    const tokenizer = await learnBpe(sourceOf([text]), 257 + 60);
    expect(tokensOf(tokenizer)).toEqual(tokensOfMerges(expected));
  });

  it.each(TEXTS)('encode as applying them one after another does: %j', async (text) => {
    const merges = naiveMerges(text, 60);
    const tokenizer = await learnBpe(sourceOf([text]), 257 + 60);
    for (const other of TEXTS) expect([...tokenizer.encode(other)]).toEqual(naiveEncode(other, merges));
  });

  it('are those of counting every pair anew for any text of few letters, where ties are common', async () => {
    const anyOfFew = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', ' ', '\n'),
      minLength: 1,
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(anyOfFew, async (text) => {
        const tokenizer = await learnBpe(sourceOf([text]), 257 + 40);
        expect(tokensOf(tokenizer)).toEqual(tokensOfMerges(naiveMerges(text, 40)));
        expect(fromJson(tokenizer.toJSON(), 'bpe').fingerprint).toBe(tokenizer.fingerprint);
      }),
    );
  });

  it('do not depend on the pieces or on the order of the documents', async () => {
    const documents = [...WELL_FORMED, POEM, POEM];
    const whole = await learnBpe(sourceOf(documents), 400);
    for (const size of [1, 2, 7, 50]) {
      const { fingerprint } = await learnBpe(sourceOf(documents.toReversed(), size), 400);
      expect(fingerprint).toBe(whole.fingerprint);
    }
  });
});

describe('countWords', () => {
  const nothing = () => {};

  it('counts a word of more than a thousand characters in parts', async () => {
    const counts = await countWords(sourceOf([`${'🙂'.repeat(2500)} a`]), GPT2_PATTERN, nothing);
    expect([...counts]).toEqual([
      ['🙂'.repeat(1000), 2],
      ['🙂'.repeat(500), 1],
      [' a', 1],
    ]);
  });

  it('refuses a text whose different words do not fit into memory', async () => {
    expect((await countWords(sourceOf(['one two'.repeat(99)]), GPT2_PATTERN, nothing, 17)).size).toBe(3);
    await expect(countWords(sourceOf(['one two three']), GPT2_PATTERN, nothing, 10)).rejects.toMatchObject({
      message: expect.stringContaining('the test’s text has more than 3 of them'),
      hint: expect.stringContaining('learn from a part'),
    });
  });
});

describe('learnBpe', () => {
  it('ends the vocabulary with the end of a text', async () => {
    const tokenizer = await learnBpe(sourceOf([POEM]), 270);
    expect(tokenizer).toMatchObject({ name: 'bpe', kind: 'bpe', vocabSize: 270, endOfText: 269 });
    expect(tokenizer.decode([269])).toBe('<|endoftext|>');
    expect([...tokenizer.encode('<|endoftext|>')]).not.toContain(269);
  });

  it('says so when the text has too few pairs', async () => {
    const told: string[] = [];
    const tokenizer = await learnBpe(sourceOf(['aaaa']), 5000, ({ phase, text }) => {
      if (phase === 'short') told.push(text);
    });
    expect(tokenizer.vocabSize).toBe(258); // (a, a) occurs three times, (aa, aa) once
    expect(told).toEqual([expect.stringContaining('has 258 tokens, not 5,000')]);
  });

  it('takes special tokens, another split and a higher count, which its tokenizer.json keeps', async () => {
    const options = { split: 'qwen2', specials: ['<|user|>', '<|end|>'], minCount: 3 } as const;
    const tokenizer = await learnBpe(sourceOf([POEM]), 280, undefined, options);
    const again = fromJson(tokenizer.toJSON(), 'again');
    for (const one of [tokenizer, again]) {
      expect(one.decode([one.vocabSize - 3, one.vocabSize - 2, one.vocabSize - 1])).toBe(
        '<|endoftext|><|user|><|end|>',
      );
      expect([...one.encode('1234')]).toEqual([49, 50, 51, 52]); // each digit is a word
    }
    expect(again.fingerprint).toBe(tokenizer.fingerprint);
    expect(tokenizer.vocabSize).toBeLessThan((await learnBpe(sourceOf([POEM]), 280)).vocabSize);
  });

  it.each([
    [{ specials: ['<|a|>', '<|a|>'] }, 'each once, but got "<|a|>"'],
    [{ specials: ['<|endoftext|>'] }, 'each once'],
    [{ specials: [' '] }, 'not empty'],
    [{ specials: ['ain'] }, '"ain" was learned as an ordinary token'],
    [{ minCount: 0 }, 'a whole number above 0 for min-count'],
  ])('refuses %j', async (options, message) => {
    await expect(learnBpe(sourceOf([POEM]), 300, undefined, options)).rejects.toThrow(message);
  });

  it.each([256, 0, -1, 300.5, Number.NaN, 2 ** 21])('refuses a vocabulary of %d', async (vocabSize) => {
    await expect(learnBpe(sourceOf([POEM]), vocabSize)).rejects.toThrow(
      /from 257 .* to 1048576 for vocab-size/,
    );
  });

  it('refuses a source without text', async () => {
    await expect(learnBpe(sourceOf([]), 300)).rejects.toThrow('there is no text in the test’s text');
  });
});
