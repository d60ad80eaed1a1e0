import { expect, it } from 'vitest';
import { drawnInEpochs, permuted } from '../../src/base/permutation.ts';
import { keyFor } from '../../src/base/random.ts';

it.each([1, 2, 3, 4, 5, 17, 1000, 4097])('every one of %i numbers is at one place', (length) => {
  const seen = Array.from({ length }, (_, i) => permuted(i, length, keyFor(1, 'test')));
  expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
});

it('another key, and another epoch, give another order', () => {
  const order = (seed: number, epoch: number) =>
    Array.from({ length: 50 }, (_, i) => drawnInEpochs(50 * epoch + i, 50, keyFor(seed, 'test')).index);
  const orders = [order(1, 0), order(2, 0), order(1, 1)].map(String);
  expect(new Set(orders).size).toBe(3);
  expect(new Set(order(1, 1)).size).toBe(50);
});

it('the order of trillions is computed place by place, and looks random', () => {
  const length = 3e12;
  const at = Array.from({ length: 4000 }, (_, i) => permuted(i, length, keyFor(5, 'test')) / length);
  expect(at.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(at.reduce((sum, value) => sum + value) / at.length).toBeCloseTo(0.5, 1); // its deviation is 0.005
  const pairs = at.slice(1).filter((value, i) => value > at[i]!).length / (at.length - 1);
  expect(pairs).toBeCloseTo(0.5, 1);
});
