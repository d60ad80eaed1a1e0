// Texts from models of masked tokens whose conditionals are known.
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../src/backends/index.ts';
import { collectSamples } from '../../../src/sampling/generate.ts';
import type { SamplingInput } from '../../../src/sampling/options.ts';
import { writeMasked } from '../../../src/tasks/masked/write.ts';
import { CharTokenizer } from '../../../src/tokenizers/char.ts';
import { standIn } from './stand-in.ts';

beforeAll(() => startBackend('plain'));

const tokenizer = new CharTokenizer('char', [...'ab'], false);
const MASK = 2;

/** Two letters that are probably alike: (a, a) 0.4, (b, b) 0.4, (a, b) and (b, a) 0.1 each. */
const alike = standIn({ vocabSize: 3, context: 8 }, (ids, place) => {
  const other = ids[1 - place];
  return other === MASK ? [0.5, 0.5, 0] : other === 0 ? [0.8, 0.2, 0] : [0.2, 0.8, 0];
});

const write = (prompt: string, input: SamplingInput) =>
  collectSamples(writeMasked(alike, tokenizer, prompt, { temperature: 1, ...input }));

function sharesOf(texts: readonly string[]): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const text of texts) shares[text] = (shares[text] ?? 0) + 1 / texts.length;
  return shares;
}

describe('a prompt with [MASK]s', () => {
  it('is filled in, and all of it is written', async () => {
    const [sample] = await write('a[MASK]', { temperature: 0 });
    expect(sample).toEqual({ text: 'aa', tokens: [0], finish: 'length' });
  });

  it('is filled in one place after another, each by those before', async () => {
    const samples = await write('[MASK][MASK]', { numSamples: 2000 });
    const shares = sharesOf(samples.map(({ text }) => text));
    for (const [text, share] of Object.entries({ aa: 0.4, bb: 0.4, ab: 0.1, ba: 0.1 }))
      expect(Math.abs(shares[text]! - share), text).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / 2000));
  });

  it('gives a sample what it gives it alone', async () => {
    const several = await write('[MASK][MASK]', { numSamples: 5 });
    expect(await write('[MASK][MASK]', { numSamples: 1 })).toEqual(several.slice(0, 1));
  });
});

describe('a text that is made', () => {
  it('by Gibbs sampling is of the joint distribution, where the conditionals are of one', async () => {
    const samples = await write('', { how: 'gibbs', maxTokens: 2, passes: 8, numSamples: 2000 });
    const shares = sharesOf(samples.map(({ text }) => text));
    for (const [text, share] of Object.entries({ aa: 0.4, bb: 0.4, ab: 0.1, ba: 0.1 }))
      expect(Math.abs(shares[text]! - share), text).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / 2000));
  });

  it('by mask-predict goes over the least certain again', async () => {
    const samples = await write('', { how: 'mask-predict', maxTokens: 2, passes: 2, numSamples: 2000 });
    const { aa = 0, bb = 0 } = sharesOf(samples.map(({ text }) => text));
    // Both are drawn apart at first; then one is drawn again, knowing the other.
    expect(Math.abs(aa + bb - 0.8)).toBeLessThan(4 * Math.sqrt(0.16 / 2000));
  });

  it('follows the prompt, and ends where the context does', async () => {
    const [sample] = await write('ab', { maxTokens: 100, numSamples: 1 });
    expect(sample!.text).toMatch(/^ab[ab]{6}$/);
    expect(sample!.tokens).toHaveLength(6);
  });

  it('is refused where the prompt leaves no room', async () => {
    expect(() => writeMasked(alike, tokenizer, 'abababab', {})).toThrow(
      'expected at most 7 tokens for the prompt, but got 8',
    );
  });
});
