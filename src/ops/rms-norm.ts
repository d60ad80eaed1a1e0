// rmsNorm: each vector over the root of its mean square, then scaled. x (…, C), weight (C) → (…, C)
import type * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';

/** `epsilon` is added to a vector's mean square before its root is taken. */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor1D, epsilon: number): tf.Tensor {
  dims('rmsNorm', { x: [x, '… C'], weight: [weight, 'C'] });
  return kernelOr('RmsNorm', { x, weight }, {}, { epsilon }, () => {
    const square = x.square().mean(-1, true); // (…, 1)
    return x.mul(square.add(epsilon).rsqrt()).mul(weight);
  });
}
