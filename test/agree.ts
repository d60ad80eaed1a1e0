// expect(actual).toAgree(expected, tolerance): the numbers are those expected, to a tolerance named in tolerances.ts.
import { expect } from 'vitest';
import { maxRelativeError } from './relative-error.ts';
import { TOLERANCE } from './tolerances.ts';

/** A number is a tolerance that a test works out for itself. */
export type Tolerance = keyof typeof TOLERANCE | number;

declare module 'vitest' {
  interface Matchers<T> {
    /** The largest difference is less than the tolerance, as a fraction of the largest expected magnitude. */
    toAgree(expected: ArrayLike<number>, tolerance: Tolerance): T;
  }
}

expect.extend({
  toAgree(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance) {
    const most = typeof tolerance === 'number' ? tolerance : TOLERANCE[tolerance];
    const error = maxRelativeError(actual, expected);
    return { pass: error < most, message: () => complaint(actual, expected, error, tolerance, most) };
  },
});

function complaint(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  error: number,
  tolerance: Tolerance,
  most: number,
): string {
  const name = typeof tolerance === 'number' ? '' : ` (${tolerance})`;
  const worst = worstIndex(actual, expected);
  const where = expected.length === 0 ? '' : `: [${worst}] is ${actual[worst]}, expected ${expected[worst]}`;
  return `the largest difference is ${error.toPrecision(2)} of the largest value expected, and the tolerance${name} is ${most}${where}`;
}

/** Where the difference is largest; of those that are not finite, the first. */
function worstIndex(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [worst, most] = [0, -1];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!Number.isFinite(difference)) return i;
    if (difference > most) [worst, most] = [i, difference];
  }
  return worst;
}
