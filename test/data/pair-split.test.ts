// How pairs are split: by their sources alone, with as many for a test as for validation, and no split empty.
import { describe, expect, it } from 'vitest';
import { PAIR_SPLITS, PairSplitter } from '../../src/data/pair-split.ts';

function splitsOf(sources: readonly string[], valFraction = 0.1, seed = 1): string[] {
  const splitter = new PairSplitter(valFraction, seed);
  for (const source of sources) splitter.see(source);
  return sources.map(splitter.rule()!);
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `source ${i}`);

describe('the split of pairs', () => {
  it.each([0.1, 0.02, 0.3])('holds %f back for validation and as much for a test', (valFraction) => {
    const splits = splitsOf(numbered(20_000), valFraction);
    const share = (name: string) => splits.filter((split) => split === name).length / splits.length;
    // Five standard deviations of a share of 20,000 draws.
    const tolerance = 5 * Math.sqrt((valFraction * (1 - valFraction)) / 20_000);
    expect(Math.abs(share('val') - valFraction)).toBeLessThan(tolerance);
    expect(Math.abs(share('test') - valFraction)).toBeLessThan(tolerance);
  });

  it('depends on the source and the seed, and on no other pair but at the ends', () => {
    const sources = numbered(2000);
    const splits = new Map(splitsOf(sources).map((split, i) => [sources[i], split]));
    const reversed = sources.toReversed();
    expect(splitsOf(reversed)).toEqual(reversed.map((source) => splits.get(source)));
    const fewer = sources.slice(0, 1000);
    const changed = splitsOf(fewer).filter((split, i) => split !== splits.get(fewer[i]));
    expect(changed.length).toBeLessThanOrEqual(3); // the lowest, the highest and the one in the middle
    expect(splitsOf(sources, 0.1, 2)).not.toEqual([...splits.values()]);
  });

  it('puts equal sources together, however often they come', () => {
    const sources = Array.from({ length: 3000 }, (_, i) => `source ${i % 50}`);
    const splits = splitsOf(sources);
    for (const [i, source] of sources.entries()) expect(splits[i]).toBe(splits[sources.indexOf(source)]);
  });

  it.each([0.001, 0.1, 0.49])('leaves no split empty, with few sources and %f', (valFraction) => {
    for (let seed = 0; seed < 200; seed++)
      for (const count of [3, 4, 7]) {
        const splits = splitsOf([...numbered(count), ...numbered(count)], valFraction, seed);
        expect(new Set(splits)).toEqual(new Set(PAIR_SPLITS));
      }
  });

  it('needs three different sources', () => {
    const splitter = new PairSplitter(0.1, 1);
    for (const source of ['a', 'b', 'a', 'b']) splitter.see(source);
    expect(splitter.rule()).toBe(undefined);
  });
});
