// The matcher that the numeric tests rely on.
import { expect, it } from 'vitest';
import { TOLERANCE } from './tolerances.ts';

it('passes below the tolerance, and not at it', () => {
  expect([1, -2]).toAgree(Float32Array.of(1, -2), 'reference');
  expect([0.5, -4]).toAgree([0, -4], 0.126);
  expect(() => expect([0.5, -4]).toAgree([0, -4], 0.125)).toThrow();
  expect([4 * (1 + 0.9 * TOLERANCE.bf16)]).toAgree([4], 'bf16');
  expect(() => expect([4 * (1 + 1.1 * TOLERANCE.bf16)]).toAgree([4], 'bf16')).toThrow();
});

it('names the worst place, both its values, the error and the tolerance', () => {
  const actual = [1, 2.5, -8, 4];
  expect(() => expect(actual).toAgree([1, 2, -8, 4.25], 'model')).toThrow(
    'the largest difference is 0.063 of the largest value expected, and the tolerance (model) is 0.00002: [1] is 2.5, expected 2',
  );
  expect(() => expect([1, Number.NaN, 9]).toAgree([1, 1, 1], 0.5)).toThrow(
    'is Infinity of the largest value expected, and the tolerance is 0.5: [1] is NaN, expected 1',
  );
});

it('refuses another length', () => {
  expect(() => expect([1]).toAgree([1, 2], 'model')).toThrow('expected 2 values, but got 1');
});

it('can be negated: numbers that must differ', () => {
  expect([1]).not.toAgree([2], 'int8Export');
  expect(() => expect([1]).not.toAgree([1], 'int8Export')).toThrow('[0] is 1, expected 1');
});
