// Batches of pairs: the same place gives the same batch, every pair comes as often as it should, and padding is where it is due.
import { describe, expect, it } from 'vitest';
import { pairsOf } from '../../../src/data/pairs.ts';
import { batchAt, batchOf, checkLengths, paddedPairs } from '../../../src/tasks/pairs/batches.ts';
import { usePlainBackend } from '../../training/stand-ins.ts';

usePlainBackend();

const PAIRS = pairsOf(
  Array.from({ length: 5 }, (_, i) => ({
    source: Int32Array.from({ length: i + 1 }, () => i),
    target: Int32Array.from({ length: 5 - i }, () => 10 + i),
  })),
);
const PLACE = { batchSize: 4, context: 6, seed: 3, step: 7, micro: 1 };

describe('a batch', () => {
  it('is the same at the same place, and another at another', () => {
    const batch = batchAt(PAIRS, PLACE);
    expect(batchAt(PAIRS, PLACE)).toEqual(batch);
    for (const change of [{ seed: 4 }, { step: 8 }, { micro: 0 }])
      expect(batchAt(PAIRS, { ...PLACE, ...change })).not.toEqual(batch);
  });

  it('draws each pair equally often', () => {
    const counts = new Map<number, number>();
    for (let step = 0; step < 1000; step++)
      for (const { source } of batchAt(PAIRS, { ...PLACE, step }).pairs)
        counts.set(source[0]!, (counts.get(source[0]!) ?? 0) + 1);
    // 4000 draws of 5 pairs: 800 each, with a standard deviation of 25
    for (const count of counts.values()) expect(Math.abs(count - 800)).toBeLessThan(100);
    expect(counts.size).toBe(5);
  });

  it('counts the tokens of its targets and their ends as losses, and those of its sources as read', () => {
    const pairs = [PAIRS.at(0), PAIRS.at(3)]; // 1 → 5, 4 → 2
    expect(batchOf(pairs)).toEqual({ pairs, counted: 6 + 3, size: 1 + 4 + 6 + 3 });
  });

  it('begins each target with the token that ends it, and pads with what does not count', async () => {
    const { sources, inputs, targets } = paddedPairs([PAIRS.at(1), PAIRS.at(3)], 9);
    expect(await sources.ids.array()).toEqual([
      [1, 1, 0, 0],
      [3, 3, 3, 3],
    ]);
    expect(await sources.lengths.array()).toEqual([2, 4]);
    expect(await inputs.array()).toEqual([
      [9, 11, 11, 11, 11],
      [9, 13, 13, 9, 9],
    ]);
    expect(await targets.array()).toEqual([
      [11, 11, 11, 11, 9],
      [13, 13, 9, -1, -1],
    ]);
  });
});

it('texts longer than the context are refused, with the context that would do', () => {
  expect(() => checkLengths(PAIRS, 6)).not.toThrow();
  expect(() => checkLengths(PAIRS, 5)).toThrow(/targets of at most 4.*longest have 5 and 5/);
});
