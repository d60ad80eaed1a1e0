// layerNorm: each vector to mean 0 and variance 1, then scaled and shifted. x (…, C), weight (C), bias (C) → (…, C)
import type * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';

/** What is added to a vector's variance before its root is taken, unless it is said: PyTorch's. */
export const LAYER_NORM_EPSILON = 1e-5;

export function layerNorm(
  x: tf.Tensor,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon = LAYER_NORM_EPSILON,
): tf.Tensor {
  dims('layerNorm', { x: [x, '… C'], weight: [weight, 'C'], bias: [bias, 'C'] });
  return kernelOr('LayerNorm', { x, weight, bias }, {}, { epsilon }, () => {
    const centred = x.sub(x.mean(-1, true));
    const variance = centred.square().mean(-1, true); // (…, 1)
    return centred.mul(variance.add(epsilon).rsqrt()).mul(weight).add(bias);
  });
}
