import { describe, expect, it } from 'vitest';
import { tokensOf } from '../../../src/data/tokens.ts';
import { batchAt } from '../../../src/tasks/next-token/batches.ts';
import type { BatchPlace } from '../../../src/tasks/task.ts';

// Token i is 1000 + i, so that a token tells its place.
const tokens = tokensOf(Array.from({ length: 500 }, (_, i) => 1000 + i));
const place: BatchPlace = { batchSize: 4, context: 16, seed: 1, step: 7, micro: 0 };

describe('batchAt', () => {
  it('gives rows of consecutive tokens, each target its token’s successor', () => {
    const batch = batchAt(tokens, place);
    expect(batch.tokens.length).toBe(4 * 16);
    for (let row = 0; row < 4; row++) {
      const start = batch.tokens[row * 16]!;
      expect([...batch.tokens.subarray(row * 16, row * 16 + 16)]).toEqual(
        Array.from({ length: 16 }, (_, t) => start + t),
      );
    }
    expect([...batch.targets]).toEqual([...batch.tokens].map((token) => token + 1));
  });

  it('depends on seed, step and micro-batch, and on nothing else', () => {
    const at = (change: Partial<BatchPlace>) => [...batchAt(tokens, { ...place, ...change }).tokens].join();
    const first = at({});
    const others = [at({ seed: 2 }), at({ step: 8 }), at({ micro: 1 }), at({ step: 0, micro: 7 })];
    expect(new Set([first, ...others]).size).toBe(5);
    expect(at({})).toBe(first);
  });

  it('keeps a row’s place when the batch grows', () => {
    const small = batchAt(tokens, place).tokens;
    const large = batchAt(tokens, { ...place, batchSize: 9 }).tokens;
    expect([...large.subarray(0, small.length)]).toEqual([...small]);
  });

  it('starts everywhere equally often, both ends included', () => {
    const starts = 20; // 0 … 19 for 36 tokens and a context of 16
    const short = tokensOf(Array.from({ length: starts + 16 }, (_, i) => i));
    const counts = new Array<number>(starts).fill(0);
    const draws = 200 * 100;
    for (let step = 0; step < 200; step++) {
      const batch = batchAt(short, { ...place, batchSize: 100, step });
      for (let row = 0; row < 100; row++) counts[batch.tokens[row * 16]!]!++;
    }
    const expected = draws / starts;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(43.8); // 19 degrees of freedom, p = 0.001
  });

  it('takes a text of exactly context + 1 tokens, and explains a shorter one', () => {
    expect([...batchAt(tokensOf([1, 2, 3]), { ...place, batchSize: 1, context: 2 }).targets]).toEqual([2, 3]);
    expect(() => batchAt(tokensOf([1, 2, 3]), { ...place, context: 3 })).toThrow(
      expect.objectContaining({
        message: 'expected at least 4 tokens for a context of 3, but the split has 3',
        hint: 'lower context or window to 2 or less, or prepare more text',
      }),
    );
  });
});
