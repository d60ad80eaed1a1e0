import { expect, it } from 'vitest';
import { unexpected } from '../../src/base/errors.ts';

it.each([
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [Number.NaN, 'NaN'],
  [1e-7, '1e-7'],
  ['12', '"12"'],
  [null, 'null'],
  [undefined, 'undefined'],
  [[1, 'a'], '[1,"a"]'],
  ['x'.repeat(100), `"${'x'.repeat(76)}...`],
])('a complaint about %s shows it as %s', (got, shown) => {
  expect(unexpected('width', 'a number', got).message).toBe(`expected a number for width, but got ${shown}`);
});
