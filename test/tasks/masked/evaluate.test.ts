// Measures of models of masked tokens whose conditionals are known.
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../../src/backends/index.ts';
import { tokensOf } from '../../../src/data/tokens.ts';
import { evaluateMasked } from '../../../src/tasks/masked/evaluate.ts';
import { CharTokenizer } from '../../../src/tokenizers/char.ts';
import { standIn } from './stand-in.ts';

beforeAll(() => startBackend('plain'));

const tokenizer = new CharTokenizer('char', [...'abc'], false);
const split = tokensOf(Array.from({ length: 1000 }, (_, i) => i % 3));

it('a model that knows nothing has the loss of chance, and its accuracy', async () => {
  const model = standIn({ vocabSize: 4, context: 10 }, () => [0.25, 0.25, 0.25, 0.25]);
  const { loss, accuracy, pseudoPerplexity, pseudoTokens, tokens } = await evaluateMasked(model, split, {
    tokenizer,
  });
  expect(loss).toBeCloseTo(Math.log(4), 5);
  expect(pseudoPerplexity).toBeCloseTo(4, 4);
  expect(pseudoTokens).toBe(256);
  expect(Math.abs(tokens / 1000 - 0.15)).toBeLessThan(4 * Math.sqrt((0.15 * 0.85) / 1000));
  expect(Math.abs(accuracy - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / tokens)); // it holds the first for the likeliest
});

it('each token is masked alone for the pseudo-perplexity: one who knows the text from the others is never in doubt', async () => {
  const [mask, T] = [3, 10];
  const model = standIn({ vocabSize: 4, context: T }, (ids, place) => {
    const hidden = ids.filter((id) => id === mask).length;
    const other = place === 0 ? ids[1]! - 1 : ids[place - 1]! + 1;
    return [0, 1, 2, 3].map((id) => (hidden === 1 && ids[place] === mask && id === (other + 3) % 3 ? 1 : 0));
  });
  const { pseudoPerplexity } = await evaluateMasked(model, split, { tokenizer, pseudoTokens: 50 });
  expect(pseudoPerplexity).toBeCloseTo(1, 5);
});

it('a pseudo-perplexity of no tokens is not measured', async () => {
  const model = standIn({ vocabSize: 4, context: 10 }, () => [0.25, 0.25, 0.25, 0.25]);
  expect(await evaluateMasked(model, split, { tokenizer, pseudoTokens: 0 })).not.toHaveProperty(
    'pseudoPerplexity',
  );
});
