// The error measure that tests of numbers use: it finds any wrong, missing or non-finite element.
import { describe, expect, it } from 'vitest';
import { maxRelativeError } from './relative-error.ts';

describe('maxRelativeError', () => {
  it('is 0 for equal values, empty and all-zero ones included', () => {
    expect(maxRelativeError([1, -2, 3], Float32Array.of(1, -2, 3))).toBe(0);
    expect(maxRelativeError([], [])).toBe(0);
    expect(maxRelativeError([0, -0], [0, 0])).toBe(0);
  });

  it('divides the worst difference by the largest expected magnitude', () => {
    expect(maxRelativeError([1, -8], [1, -4])).toBe(1);
    expect(maxRelativeError([0.5, -4], [0, -4])).toBe(0.125);
    expect(maxRelativeError([0, 0], [1, -2])).toBe(1);
  });

  it('finds one wrong element wherever it is', () => {
    const expected = Array.from({ length: 5 }, (_, i) => i + 1);
    for (let i = 0; i < 5; i++) {
      const actual = expected.with(i, expected[i]! + 0.5);
      expect(maxRelativeError(actual, expected)).toBe(0.1);
    }
  });

  it('is Infinity where zeros were expected and something else came', () => {
    expect(maxRelativeError([0, 1e-9], [0, 0])).toBe(Infinity);
  });

  it.each([
    [
      [Number.NaN, 1],
      [1, 1],
    ],
    [
      [1, 1],
      [1, Number.NaN],
    ],
    [[Number.NaN], [Number.NaN]],
    [[Infinity], [1]],
    [
      [1, 1],
      [1, -Infinity],
    ],
    [[Infinity], [Infinity]],
  ])('is Infinity for %j against %j', (actual, expected) => {
    expect(maxRelativeError(actual, expected)).toBe(Infinity);
  });

  it('refuses different lengths', () => {
    expect(() => maxRelativeError([1], [1, 2])).toThrow('expected 2 values, but got 1');
  });
});
