// Which windows of a text, or of a mix of texts, a step is given.
import { describe, expect, it } from 'vitest';
import { inOneRow, type Tokens, tokensOf } from '../../src/data/tokens.ts';
import { drawn } from '../../src/tasks/drawn.ts';
import { randomWindows } from '../../src/tasks/text-windows.ts';

const upTo = (length: number, first = 0) => tokensOf(Array.from({ length }, (_, i) => first + i));
const place = { batchSize: 4, context: 5, seed: 3, micro: 0, order: 'shuffled' as const };

/** Where windows begin, in the order in which so many steps of two micro-batches read them. */
function starts(tokens: Tokens, steps: number, more: object = {}): number[] {
  return Array.from({ length: steps * 2 }, (_, i) =>
    randomWindows(tokens, { ...place, step: i >> 1, micro: i % 2, micros: 2, ...more }).map((ids) => {
      expect([...ids]).toEqual(Array.from({ length: 6 }, (_, i) => ids[0]! + i));
      return ids[0]!;
    }),
  ).flat();
}

describe('in shuffled order', () => {
  it('every window comes once before any comes again, and an epoch begins anywhere', () => {
    const all = starts(upTo(163), 12); // 32 windows of 5, and 2 tokens over
    const firsts: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      const sorted = all.slice(32 * epoch, 32 * (epoch + 1)).sort((a, b) => a - b);
      firsts.push(sorted[0]!);
      expect(sorted).toEqual(Array.from({ length: 32 }, (_, i) => sorted[0]! + 5 * i));
    }
    expect(Math.max(...firsts)).toBeLessThan(3);
    expect(String(all.slice(0, 32))).not.toBe(String(all.slice(32, 64)));
    expect(starts(upTo(163), 12, { seed: 4 })).not.toEqual(all);
  });

  it('so do other examples', () => {
    const from = { length: 12, at: (index: number) => index };
    const all = Array.from({ length: 6 }, (_, step) => drawn(from, { ...place, step })).flat();
    for (const half of [all.slice(0, 12), all.slice(12)])
      expect([...half].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });
});

describe('a mix', () => {
  const [a, b, c] = [upTo(10_000), upTo(400, 20_000), upTo(10_000, 30_000)];
  const mixed = {
    ...inOneRow([a, b, c]),
    mix: [a, b, c].map((tokens, i) => ({ tokens, weight: [5, 2, 3][i]! })),
  };
  const partsOf = (all: number[]) =>
    [0, 20_000, 30_000].map(
      (first, i) => all.filter((at) => at >= first && at < [1e4, 2e4 + 400, 4e4][i]!).length,
    );

  it.each(['random', 'shuffled'] as const)('has of each part as its weight says, in %s order', (order) => {
    const all = starts(mixed, 250, { order });
    expect(partsOf(all.slice(0, 1000))).toEqual([500, 200, 300]);
    expect(partsOf(all.slice(1000))).toEqual([500, 200, 300]);
    for (let at = 0; at < 2000; at += 200)
      expect(Math.min(...partsOf(all.slice(at, at + 200)))).toBeGreaterThan(10);
  });

  it('goes through each part in epochs of its own', () => {
    const ofB = starts(mixed, 250).filter((at) => at >= 20_000 && at < 30_000); // 79 windows, 400 draws
    for (let epoch = 0; epoch < 5; epoch++)
      expect(new Set(ofB.slice(79 * epoch, 79 * (epoch + 1))).size).toBe(79);
  });

  it('needs parts that are as long as a window', () => {
    const short = { ...mixed, mix: [...mixed.mix, { tokens: upTo(5), weight: 1 }] };
    expect(() => randomWindows(short, { ...place, step: 0 })).toThrow('at least 6 tokens');
  });
});
