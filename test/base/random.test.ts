// The counter-based random generator, against published vectors, and the numbers that are drawn from it.
import { describe, expect, it } from 'vitest';
import { fillBits, fold, keyFor, Stream, threefry } from '../../src/base/random.ts';

describe('threefry-2x32, 13 rounds', () => {
  // Random123's published known-answer vectors (kat_vectors, "threefry2x32 13").
  it.each([
    [[0, 0], [0, 0], '9d1c5ec6 8bd50731'],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], 'fd36d048 2d17272c'],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], 'ba3e4725 f27d669e'],
  ])('gives Random123’s words for key %j and counter %j', ([k0, k1], [c0, c1], words) => {
    const out = new Int32Array(2);
    threefry(k0! | 0, k1! | 0, c0! | 0, c1! | 0, out);
    expect([...out].map((w) => (w >>> 0).toString(16).padStart(8, '0')).join(' ')).toBe(words);
  });
});

describe('keys', () => {
  it('differ by seed, purpose and every coordinate', () => {
    const keys = [
      keyFor(1, 'batch'),
      keyFor(2, 'batch'),
      keyFor(1 + 2 ** 32, 'batch'),
      keyFor(1, 'dropout'),
      keyFor(1, 'batch', 0),
      keyFor(1, 'batch', 1),
      keyFor(1, 'batch', 0, 1),
      keyFor(1, 'batch', 1, 0),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
    expect(fold(keyFor(1, 'a', 2), 3)).toEqual(keyFor(1, 'a', 2, 3));
  });
});

describe('fillBits', () => {
  it('gives element i the same bits however long the array is', () => {
    const long = new Int32Array(9);
    const short = new Int32Array(4);
    fillBits([1, 2], long);
    fillBits([1, 2], short);
    expect([...long.subarray(0, 4)]).toEqual([...short]);
  });
});

describe('Stream', () => {
  it('has the mean and variance of its distributions', () => {
    const stream = new Stream(keyFor(7, 'test'));
    const n = 100_000;
    const moments = (draw: () => number) => {
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const x = draw();
        sum += x;
        squares += x * x;
      }
      return [sum / n, squares / n - (sum / n) ** 2] as const;
    };
    const [uniformMean, uniformVariance] = moments(() => stream.uniform());
    const [normalMean, normalVariance] = moments(() => stream.normal());
    // Five standard errors of each statistic at n = 100,000.
    expect(Math.abs(uniformMean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(uniformVariance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    expect(Math.abs(normalMean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(normalVariance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });
});
