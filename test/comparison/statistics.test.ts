// Numbers over seeds and sizes: mean and spread, a power law, the search for a learning rate.
import { describe, expect, it } from 'vitest';
import { powerLaw } from '../../src/comparison/power-law.ts';
import { areApart, sampleOf } from '../../src/comparison/statistics.ts';
import { bestOf, sweepRates } from '../../src/comparison/sweep.ts';

it('the spread is the standard deviation of the sample', () => {
  expect(sampleOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, spread: Math.sqrt(32 / 7), count: 8 });
  expect(sampleOf([3])).toEqual({ mean: 3, spread: 0, count: 1 });
});

it('means are apart where they differ by more than both spreads', () => {
  const at = (mean: number) => ({ mean, spread: 0.1, count: 3 });
  expect(areApart(at(1), at(1.21))).toBe(true);
  expect(areApart(at(1.19), at(1))).toBe(false);
});

describe('powerLaw', () => {
  it('finds the law that the points follow, without error', () => {
    const law = powerLaw([1, 10, 100, 1000].map((x) => [x, 5 * x ** -0.3]));
    expect(law!.factor).toBeCloseTo(5, 12);
    expect(law!.exponent).toBeCloseTo(-0.3, 12);
    expect(law!.error).toBeCloseTo(0, 12);
  });

  it('has the slope and the standard error of numpy’s least squares on the logarithms', () => {
    const law = powerLaw([
      [1e5, 2.31],
      [3e5, 1.98],
      [1e6, 1.71],
      [3e6, 1.52],
    ]);
    expect(law!.exponent).toBeCloseTo(-0.12291226, 8);
    expect(law!.error).toBeCloseTo(0.00504801, 8);
  });

  it('has no error for two points, and no law for one, or for a loss below the floor', () => {
    expect(powerLaw([[1, 2], [10, 1]])!.error).toBeUndefined(); // biome-ignore format: short
    expect(powerLaw([[1, 2]])).toBeUndefined();
    expect(powerLaw([[1, 2], [10, -1]])).toBeUndefined(); // biome-ignore format: short
  });
});

describe('sweepRates', () => {
  const valley = (best: number) => async (rate: number) => Math.abs(Math.log(rate / best));

  it('tries factors of two on both sides, and stops where the best lies between others', async () => {
    const tried = await sweepRates(1e-3, valley(2e-3));
    expect(tried.map(({ rate }) => rate)).toEqual([2.5e-4, 5e-4, 1e-3, 2e-3, 4e-3]);
    expect(bestOf(tried).rate).toBe(2e-3);
  });

  it('goes on where the best lies at the edge', async () => {
    const tried = await sweepRates(1e-3, valley(1e-4));
    expect(tried[0]!.rate).toBe(6.5e-5);
    expect(bestOf(tried).rate).toBe(1.3e-4);
    expect(bestOf(await sweepRates(1e-3, valley(1))).rate).toBe(0.032); // not for ever
  });

  it('lets a loss that is not finite lose', async () => {
    const tried = await sweepRates(1e-3, async (rate) => (rate > 1e-3 ? Number.NaN : 1 / rate));
    expect(bestOf(tried).rate).toBe(1e-3);
  });
});
