// Which tokenizers pairs of texts get: one for both sides, or one for each.
import { describe, expect, it } from 'vitest';
import type { PairSource, PairTokenizers } from '../../src/text/pair-source.ts';
import { pairTokenizerSpecs, tokenizersOfPairs } from '../../src/tokenizers/for-pairs.ts';

const pairs = (tokenizers?: PairTokenizers): PairSource => ({
  description: 'test pairs',
  ...(tokenizers && { tokenizers }),
  async *pairs() {
    yield { source: 'abc', target: 'xyz' };
    yield { source: 'cd', target: 'z' };
  },
});

describe('the tokenizers of pairs', () => {
  it.each([
    [{}, undefined, ['bpe', undefined]],
    [{ tokenizer: 'char' }, undefined, ['char', undefined]],
    [{ tokenizer: 'char', sourceTokenizer: 'char' }, undefined, ['char', 'char']],
    [{ sourceTokenizer: 'byte' }, undefined, ['bpe', 'byte']],
    [{}, { target: 'char' }, ['char', undefined]],
    [{}, { source: 'word', target: 'char' }, ['char', 'word']],
    [{ tokenizer: 'byte' }, { source: 'word', target: 'char' }, ['byte', 'byte']],
    [{ tokenizer: 'byte', sourceTokenizer: 'gpt2' }, { source: 'word', target: 'char' }, ['byte', 'gpt2']],
  ] as const)('where %j are given and %j suit are %j', (given, suited, [tokenizer, sourceTokenizer]) => {
    expect(pairTokenizerSpecs(given, pairs(suited))).toEqual({ tokenizer, sourceTokenizer });
  });

  it('are one that knows both sides, where no other is named for the sources', async () => {
    const { tokenizer, sourceTokenizer } = await tokenizersOfPairs({ tokenizer: 'char' }, pairs());
    expect(sourceTokenizer).toBe(tokenizer);
    expect(tokenizer.vocabSize).toBe(7 + 1); // abcdxyz, and the end of text
  });

  it('are each learned from its own side otherwise, also where they are of one kind', async () => {
    const { tokenizer, sourceTokenizer } = await tokenizersOfPairs(
      { tokenizer: 'char', sourceTokenizer: 'char' },
      pairs(),
    );
    expect([...tokenizer.encode('xyz')]).toEqual([0, 1, 2]);
    expect([...sourceTokenizer.encode('abcd')]).toEqual([0, 1, 2, 3]);
    expect(() => tokenizer.encode('a')).toThrow('is not among the 3');
  });

  it('take options each, where both are of the kind that has them', async () => {
    const options = { vocabSize: 4 };
    const both = await tokenizersOfPairs({ tokenizer: 'word', sourceTokenizer: 'word' }, pairs(), options);
    expect([both.tokenizer.vocabSize, both.sourceTokenizer.vocabSize]).toEqual([4, 4]);
    const one = await tokenizersOfPairs({ tokenizer: 'word', sourceTokenizer: 'byte' }, pairs(), options);
    expect([one.tokenizer.vocabSize, one.sourceTokenizer.kind]).toEqual([4, 'byte']);
    await expect(
      tokenizersOfPairs({ tokenizer: 'byte', sourceTokenizer: 'word' }, pairs(), options),
    ).rejects.toThrow('vocab-size 4 does not go with the tokenizer byte');
  });
});
