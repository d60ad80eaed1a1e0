// How far one tensor is from another, as a fraction of the largest expected value. Norm-wise, not element by element:
// rounding errors in a sum scale with its largest terms, so an element that nearly cancels to zero has a large error of
// its own in any correct float32 program, PyTorch's too, while a real mistake is large against the whole tensor.

/** max |actual − expected| / max |expected|; Infinity if anything is not finite. */
export function maxRelativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new RangeError(`expected ${expected.length} values, but got ${actual.length}`);
  }
  let error = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!Number.isFinite(difference)) return Infinity;
    error = Math.max(error, difference);
    norm = Math.max(norm, Math.abs(expected[i]!));
  }
  return error === 0 ? 0 : error / norm;
}
