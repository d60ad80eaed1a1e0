// Learning in C++ gives the merges of learning in JavaScript, and both those of Hugging Face's tokenizers.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMissing, loadBinary } from '../../src/base/native-binary.ts';
import { learnMerges } from '../../src/tokenizers/learn-merges.ts';
import { learnFrom } from '../../src/tokenizers/learner.ts';
import { type NativeTokenizers, nativeFor } from '../../src/tokenizers/native.ts';
import { SPLIT_PATTERNS } from '../../src/tokenizers/patterns.ts';
import { learnFrom as learnPlainly } from '../../src/tokenizers/plain-learner.ts';
import { LONE_SURROGATES, sourceOf, WELL_FORMED } from './texts.ts';

const addon = loadBinary<NativeTokenizers>(['createLearner']);
const missing = isMissing(addon) ? addon.reason : undefined;
const { gpt2 } = SPLIT_PATTERNS;
const characters = [...WELL_FORMED.join(''), ...LONE_SURROGATES];
const silent = { characters: () => {}, merges: () => {} };

interface Golden {
  words: Record<string, number>;
  /** The bytes of the two tokens of each. */
  merges: [number[], number[]][];
  frequent: [number[], number[]][];
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/merges.json', import.meta.url), 'utf8'));

function bytesOf(merges: readonly (readonly [number, number])[]): number[][][] {
  const tokens = Array.from({ length: 256 }, (_, byte) => [byte]);
  return merges.map(([left, right]) => {
    tokens.push([...tokens[left]!, ...tokens[right]!]);
    return [tokens[left]!, tokens[right]!];
  });
}

describe('in JavaScript', () => {
  it('merges are those that Hugging Face’s tokenizers learns', () => {
    const counts = new Map(Object.entries(golden.words));
    expect(bytesOf(learnMerges(counts, 300, 2, () => {}))).toEqual(golden.merges);
    expect(bytesOf(learnMerges(counts, 300, 40, () => {}))).toEqual(golden.frequent);
  });
});

describe.skipIf(missing)(missing ?? 'native', () => {
  it('merges are those that Hugging Face’s tokenizers learns', async () => {
    const { native } = nativeFor(gpt2)!;
    for (const [least, expected] of [
      [2, golden.merges],
      [40, golden.frequent],
    ] as const) {
      const learner = native.createLearner(5); // each text is a word
      const texts = Object.entries(golden.words).flatMap(([word, count]) => Array<string>(count).fill(word));
      await native.countWords(learner, texts, 3);
      const { merges } = await native.learnMerges(learner, 300, least);
      const pairs = Array.from(
        { length: merges.length / 2 },
        (_, i) => [merges[2 * i]!, merges[2 * i + 1]!] as const,
      );
      expect(bytesOf(pairs)).toEqual(expected);
    }
  });

  it.each(Object.values(SPLIT_PATTERNS))('merges are those of JavaScript by %s', async (pattern) => {
    // No characters that are so new that JavaScript's version of Unicode and ours may say different things of them.
    const unit = fc.oneof(
      fc.constantFrom('a', 'b', 'A', ' ', '\n', '1', "'s"),
      fc.constantFrom(...characters),
    );
    const text = fc.string({ unit, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (texts, least) => {
          const wanted = { pattern, merges: 60, least };
          const plain = await learnPlainly(sourceOf(texts), wanted, silent);
          expect(await learnFrom(sourceOf(texts, 9), wanted, silent, { batch: 20 })).toEqual(plain);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a word of more than a thousand characters is learned from in parts, as in JavaScript', async () => {
    const texts = [`${'🙂ab'.repeat(900)} a`, 'é'.repeat(3001)];
    const wanted = { pattern: gpt2, merges: 50, least: 2 };
    const plain = await learnPlainly(sourceOf(texts), wanted, silent);
    expect(await learnFrom(sourceOf(texts), wanted, silent)).toEqual(plain);
  });

  it('tells how many words there were, and the memory that they took', async () => {
    const told: number[][] = [];
    const memory = (words: number, bytes: number) => told.push([words, bytes]);
    await learnFrom(sourceOf(WELL_FORMED), { pattern: gpt2, merges: 9, least: 2 }, { ...silent, memory });
    expect(told).toEqual([[expect.any(Number), expect.any(Number)]]);
    expect(told[0]![0]).toBeGreaterThan(100);
    expect(told[0]![1]).toBeGreaterThan(10_000);
  });

  it('refuses a text whose different words do not fit into memory', async () => {
    const wanted = { pattern: gpt2, merges: 9, least: 2 };
    await expect(learnFrom(sourceOf(['one two three']), wanted, silent, { most: 10 })).rejects.toMatchObject({
      message: expect.stringContaining('the test’s text has more than 3 of them'),
      hint: expect.stringContaining('learn from a part'),
    });
  });

  it('does one thing at a time, and counts nothing more once merges are learned', async () => {
    const { native, split } = nativeFor(gpt2)!;
    const learner = native.createLearner(split);
    const counting = native.countWords(learner, ['a b'], 1);
    expect(() => native.learnMerges(learner, 1, 2)).toThrow('busy');
    await counting;
    await native.learnMerges(learner, 1, 2);
    await expect(native.countWords(learner, ['a'], 1)).rejects.toThrow('countWords: words cannot be counted');
    expect(() => native.countWords({} as never, [], 1)).toThrow('a learner');
  });
});
