// geluErf: GELU as it is defined, x times the probability that a standard normal number is below x. BERT's; GPT-2's is `gelu`.
import type * as tf from '#tfjs';
import { kernelOr } from './kernel.ts';

/** 0.5 x (1 + erf(x/√2)) */
export function geluErf(x: tf.Tensor): tf.Tensor {
  return kernelOr('GeluErf', { x }, {}, {}, () => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1)));
}
