// The median, of odd, even and no counts.
import { expect, it } from 'vitest';
import { median } from '../../src/base/median.ts';

it.each([
  [[7], 7],
  [[9, 1, 10], 9], // by value, not by their digits
  [[4, 1, 3, 2], 2.5],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it('the median of an array leaves the array in its order', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});
